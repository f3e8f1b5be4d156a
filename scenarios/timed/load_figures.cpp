#include "scenarios/timed/load_figures.hpp"

#include "scenarios/figures.hpp"

namespace ipcmark {

std::vector<FigureEntry> load_figures() {
  return {
      {.name = "response",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence =
           "From when a message was due until it has arrived and is read, so that a stall is "
           "seen by every message it delays.",
       .as = Recorded::histogram,
       .headline = true,
       .quantiles = Quantiles::all},
      {.name = "service",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence =
           "From just before sending, with the payload written, until it has arrived and is "
           "read.",
       .as = Recorded::histogram,
       .quantiles = Quantiles::all},
      {.name = "lag",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "From when a message was due to just before it was sent: the sender's lateness, "
                   "waiting for a full channel included.",
       .as = Recorded::histogram,
       .quantiles = Quantiles::all},
      {.name = "achieved_rate",
       .unit = Unit::messages_per_second,
       .better = Better::higher,
       .sentence = "Messages over the time from the first one's due time (at full speed: its "
                   "sending) to the "
                   "last one's arrival."},
      {.name = "achieved_share",
       .unit = Unit::ratio,
       .better = Better::higher,
       .sentence =
           "Of the messages offered, how many had come when the last was due, those under way "
           "counted in, and those that were lost not. With --replay: the time that the file takes "
           "over the time from the first one's due time to the last one's arrival, less what the "
           "fastest takes, 10 ms added to the first and taken for the least of the second. Below "
           "0.99 the trial is saturated: a cell with such a trial publishes no times."},
      {.name = "offered_rate",
       .unit = Unit::messages_per_second,
       .better = Better::higher,
       .sentence = "The rate that was asked for; of bursts and of a file their average.",
       .column = false},
      count_figure("offered", "Messages that were offered."),
      count_figure("messages", "Messages that were measured."),
      count_figure("saturated", "1: the rate does not come through, or the sender was 2 s late."),
      count_figure("negative_samples", "Messages that seem to have come before they were sent."),
  };
}

}  // namespace ipcmark
