// What `ipcmark doctor --json` tells a scheduler of a host: a verdict, and the findings behind it.
#pragma once

#include <string>
#include <vector>

#include "results/model/environment.hpp"
#include "tools/doctor/doctor.hpp"

namespace ipcmark {

enum class Health { fit, disturbed, unusable };
const char* to_string(Health value);

// fit: no finding is worse than a note. disturbed: some is a warning. unusable: some is an error.
Health health_of(const std::vector<DoctorFinding>& findings);

struct HealthReport {
  std::string examined;  // when: ISO 8601, UTC
  Environment environment;
  std::vector<DoctorFinding> findings;
};
// {"schema":"ipcmark.doctor","version":…,"machine":…,"verdict":…,"findings":[…]}, pretty-printed;
// described by ipcmark.doctor.schema.json.
std::string health_to_json(const HealthReport& report);

}  // namespace ipcmark
