#include "scenarios/figures.hpp"

#include <array>

#include "results/model/capabilities.hpp"

namespace ipcmark {
namespace {

constexpr FigureEntry set_up_figure(const char* name, const char* sentence) {
  return {.name = name,
          .unit = Unit::nanoseconds,
          .better = Better::lower,
          .sentence = sentence,
          .followed = false,
          .column = false};
}

constexpr auto launched = std::to_array<FigureEntry>({
    set_up_figure(create_figure,
                  "Creating the kernel objects of the trial: channels, locks and shared memory."),
    set_up_figure(spawn_figure,
                  "Starting the worker processes, until the last is up; not the mechanism's cost."),
    set_up_figure(open_figure,
                  "From handing the objects to the workers until all have opened their ends and "
                  "stand at the start barrier."),
    set_up_figure(diagnosed_figure,
                  "A deadlock: from the last thing that any worker was seen to do until it was "
                  "found."),
    count_figure(deadlock_figure, "1: a deadlock was found."),
    count_figure("messages_total",
                 "Messages of all processes, warm-up included: what the costs are divided by."),
});

constexpr auto losses = std::to_array<FigureEntry>({
    {.name = lost_share_name,
     .unit = Unit::ratio,
     .better = Better::lower,
     .sentence =
         "Of a mechanism that may lose messages: how many of those sent never came, warm-up "
         "included. With several receivers, of what all of them should have got."},
    {.name = longest_loss_name,
     .unit = Unit::count,
     .better = Better::lower,
     .sentence = "Likewise the most messages lost in a row, by any receiver."},
    {.name = sent_rate_name,
     .unit = Unit::messages_per_second,
     .better = Better::higher,
     .sentence =
         "Likewise the rate at which they were sent, lost ones included: from the start barrier "
         "to the last, by the sender's clock.",
     .followed = false},
});

}  // namespace

std::span<const FigureEntry> loss_figures() { return losses; }

std::span<const FigureEntry> launch_figures() { return launched; }

}  // namespace ipcmark
