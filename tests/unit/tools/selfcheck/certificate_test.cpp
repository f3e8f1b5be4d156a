#include "tools/selfcheck/certificate.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ipcmark {
namespace {

TEST(Certificate, TellsWhatFailedInTextAndJson) {
  Certificate certificate;
  CheckResult good;
  good.name = "delay";
  good.state = CheckState::passed;
  CheckResult bad;
  bad.name = "stall";
  bad.state = CheckState::failed;
  bad.broken = true;
  bad.figures = {{"seen", 1, Unit::count, 1}};
  certificate.checks = {good, bad};
  const std::string text = certificate_to_console(certificate, {});
  EXPECT_NE(text.find("FAILED       stall (broken on purpose)"), std::string::npos) << text;
  EXPECT_NE(text.find("1 of 2 checks failed"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(certificate_to_json(certificate));
  EXPECT_EQ(json["schema"], "ipcmark.certificate");
  EXPECT_EQ(json["checks"][1]["state"], "failed");
  EXPECT_EQ(json["checks"][1]["figures"][0]["value"], 1);
  EXPECT_EQ(json["checks"][1]["figures"][0]["unit"], "count");
  EXPECT_EQ(json["counts"]["failed"], 1);
}

}  // namespace
}  // namespace ipcmark
