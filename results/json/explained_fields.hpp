// Explanations member by member, for every document that holds some. For sources that include it
// only: it brings the whole JSON library.
#pragma once

#include "results/json/json_fields.hpp"
#include "results/model/explained.hpp"

namespace ipcmark {

template <class Fields, Described<ExplainedSegment> Value>
void fields(Fields& with, Value& segment) {
  with.required("label", segment.label);
  with.required("work", segment.work);
  with("inferred", segment.inferred);
  with("probes", segment.probes);
  with("traced_ns", segment.traced_ns);
  with("scaled_ns", segment.scaled_ns);
}

template <class Fields, Described<ExplainedPath> Value>
void fields(Fields& with, Value& path) {
  with("trips", path.trips);
  with("share", path.share);
  with("traced_ns", path.traced_ns);
  with("scaled_ns", path.scaled_ns);
  with("system_calls", path.system_calls);
  with("segments", path.segments);
}

template <class Fields, Described<ExplainedWork> Value>
void fields(Fields& with, Value& work) {
  with.required("work", work.work);
  with("segments", work.segments);
  with("probes", work.probes);
  with("traced_ns", work.traced_ns);
  with("scaled_ns", work.scaled_ns);
}

template <class Fields, Described<ExplainedCounts> Value>
void fields(Fields& with, Value& counts) {
  with("system_calls", counts.system_calls);
  with("page_faults", counts.page_faults);
  with("interrupts_sent", counts.interrupts_sent);
  with("switches", counts.switches);
}

template <class Fields, Described<ExplainedDisturbance> Value>
void fields(Fields& with, Value& disturbance) {
  with("by", disturbance.by);
  with("name", disturbance.name);
  with("share", disturbance.share);
  with("mean_ns", disturbance.mean_ns);
}

template <class Fields, Described<ExplainedTrip::Part> Value>
void fields(Fields& with, Value& part) {
  with("what", part.what);
  with("ns", part.ns);
  with("stall", part.stall);
}

template <class Fields, Described<ExplainedTrip> Value>
void fields(Fields& with, Value& trip) {
  with("duration_ns", trip.duration_ns);
  with("cut", trip.cut);
  with("parts", trip.parts);
}

template <class Fields, Described<ExplainedTrials> Value>
void fields(Fields& with, Value& trials) {
  with("plain_ns", trials.plain_ns);
  with("coarse_ns", trials.coarse_ns);
  with("traced_ns", trials.traced_ns);
  with("chains_ns", trials.chains_ns);
  with("stamped_ratio", trials.stamped_ratio);
}

template <class Fields, Described<ExplainedCell> Value>
void fields(Fields& with, Value& cell) {
  with.required("cell", cell.cell);
  with("seen", cell.seen);
  with("not_seen", cell.not_seen);
  with("stamp_every", cell.stamp_every);
  with("trials", cell.trials);
  with("void_rounds", cell.void_rounds);
  with("plain_ns", cell.plain_ns);
  with("coarse_ns", cell.coarse_ns);
  with("traced_ns", cell.traced_ns);
  with("fine_ns", cell.fine_ns);
  with("chains_ns", cell.chains_ns);
  with("core_to_core_ns", cell.core_to_core_ns);
  with("estimate", cell.estimate);
  with("probe_ns", cell.probe_ns);
  with("probe_alone_ns", cell.probe_alone_ns);
  with("probes", cell.probes);
  with("probes_are_stamps", cell.probes_are_stamps);
  with("stamps_ns", cell.stamps_ns);
  with("difference_a_probe_ns", cell.difference_a_probe_ns);
  with("trips", cell.trips);
  with("complete", cell.complete);
  with("cut", cell.cut);
  with("negative", cell.negative);
  with("inferred", cell.inferred);
  with("lost", cell.lost);
  with("ways", cell.ways);
  with("by_trial", cell.by_trial);
  with("counts", cell.counts);
  with("paths", cell.paths);
  with("work", cell.work);
  with("disturbances", cell.disturbances);
  with("slowest", cell.slowest);
  with("sentences", cell.sentences);
}

}  // namespace ipcmark
