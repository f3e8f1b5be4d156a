#include "scenarios/timed/latency_figures.hpp"

#include "scenarios/figures.hpp"
#include "scenarios/timing/fairness.hpp"

namespace ipcmark {
namespace {

std::vector<FigureEntry> trips_there_and_back() {
  return {
      {.name = "round_trip",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From just before a message is written and sent until its reply is there and "
                   "read: every trip, by the initiator's clock, one reading of it included. With "
                   "verification from the sending to the arrival, since it lies between trips. One "
                   "message at a time, so a service time; never halved.",
       .as = Recorded::histogram,
       .headline = true,
       .gated = true,
       .plain_quantile = true},
      {.name = "batch_mean",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "Mean round trip of a batch of trips timed together, so that the clock costs "
                   "under 1 %. Of cells without verification that spin or have both ends in one "
                   "process, with messages of at most 4 KiB. Only its median is published: it says "
                   "nothing about single trips.",
       .as = Recorded::histogram,
       .headline = true,
       .quantiles = Quantiles::median,
       .header = "batch mean"},
      {.name = "batch_mean_overall",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence =
           "Mean round trip of all those batches together, whatever interrupted them included.",
       .followed = false,
       .column = false},
      {.name = "stamped_round_trip",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "With --one-way: a round trip whose messages carry stamps, which take another "
                   "reading of the clock and two copies of 16 bytes.",
       .as = Recorded::histogram,
       .headline = true,
       .gated = true},
  };
}

std::vector<FigureEntry> single_ways() {
  return {
      time_figure(
          "one_way_there",
          "With --one-way: from just before a message is written and sent until it is there "
          "and read in the other process, by one clock."),
      time_figure("one_way_back", "The way back, likewise."),
      {.name = "one_way_closure",
       .unit = Unit::ratio,
       .better = Better::lower,
       .sentence = "The medians of both ways together over that of the stamped round trip, which "
                   "consists of just these two: near 1 when the clock can be trusted."},
  };
}

std::vector<FigureEntry> beside_trips() {
  return {
      time_figure(
          "burst_response",
          "With --burst: from when a message was due until its reply is there and read. All "
          "of a burst are due at once, and each waits for the replies to those before it."),
      first_message_figure("Cold: the first round trip; of several pairs the mean."),
      fairness_figure(
          "With --pairs: Jain's index of the pairs' own rates, each over its own time; 1 is fair."),
      count_figure("messages",
                   "Messages that were measured, both ways, in single trips and in batches."),
      count_figure("batch_trips", "Round trips of a batch."),
      count_figure("late_replies",
                   "Replies that came when they had been counted as lost, of a mechanism that may "
                   "lose messages."),
      count_figure("negative_samples", "Messages that seem to have come before they were sent."),
  };
}

}  // namespace

std::vector<FigureEntry> latency_figures() {
  std::vector<FigureEntry> all = trips_there_and_back();
  for (const auto& more : {single_ways(), beside_trips()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace ipcmark
