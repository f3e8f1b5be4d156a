#include "tools/doctor/health.hpp"

#include <algorithm>

#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

constexpr int doctor_major = 1;
constexpr int doctor_minor = 0;

Json counts_json(const std::vector<DoctorFinding>& findings) {
  Json counts = Json::object();
  for (const Severity each : {Severity::ok, Severity::note, Severity::warning, Severity::error}) {
    counts[to_string(each)] =
        std::count_if(findings.begin(), findings.end(),
                      [each](const DoctorFinding& finding) { return finding.severity == each; });
  }
  return counts;
}

}  // namespace

const char* to_string(Health value) {
  switch (value) {
    case Health::fit:
      return "fit";
    case Health::disturbed:
      return "disturbed";
    case Health::unusable:
      return "unusable";
  }
  return "unknown";
}

Health health_of(const std::vector<DoctorFinding>& findings) {
  Severity worst = Severity::ok;
  for (const DoctorFinding& finding : findings) worst = std::max(worst, finding.severity);
  if (worst == Severity::error) return Health::unusable;
  return worst == Severity::warning ? Health::disturbed : Health::fit;
}

std::string health_to_json(const HealthReport& report) {
  const Environment& machine = report.environment;
  Json findings = Json::array();
  for (const DoctorFinding& finding : report.findings) {
    findings.push_back({{"id", id_of(finding)},
                        {"severity", to_string(finding.severity)},
                        {"topic", finding.topic},
                        {"seen", finding.seen},
                        {"advice", finding.advice}});
  }
  const Json json = {{"schema", "ipcmark.doctor"},
                     {"version", {{"major", doctor_major}, {"minor", doctor_minor}}},
                     {"examined", report.examined},
                     {"program",
                      {{"version", machine.get("build", "version")},
                       {"revision", machine.get("build", "revision")}}},
                     {"machine",
                      {{"cpu", machine.get("cpu", "model")},
                       {"cpus", machine.get("cpu", "online")},
                       {"kernel", machine.get("kernel", "release")}}},
                     {"verdict", to_string(health_of(report.findings))},
                     {"counts", counts_json(report.findings)},
                     {"findings", std::move(findings)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ipcmark
