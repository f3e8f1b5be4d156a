#include "scenarios/launch/lent_names.hpp"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace ipcmark {
namespace {

// As remove functions answer: 0, or -1 and errno.
int remove_lent_sysv(ObjectKind kind, const std::string& name) {
  const auto key = static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16));
  if (kind == ObjectKind::sysv_queue) {
    const int id = ::msgget(key, 0);
    return id < 0 ? id : ::msgctl(id, IPC_RMID, nullptr);
  }
  if (kind == ObjectKind::sysv_sem) {
    const int id = ::semget(key, 0, 0);
    return id < 0 ? id : ::semctl(id, 0, IPC_RMID);
  }
  const int id = ::shmget(key, 0, 0);
  return id < 0 ? id : ::shmctl(id, IPC_RMID, nullptr);
}

int remove_lent(ObjectKind kind, const std::string& name) {
  switch (kind) {
    case ObjectKind::file:
      return ::unlink(name.c_str());
    case ObjectKind::posix_shm:
      return ::shm_unlink(("/" + name).c_str());
    case ObjectKind::posix_queue:
      return ::mq_unlink(("/" + name).c_str());
    case ObjectKind::sysv_queue:
    case ObjectKind::sysv_sem:
    case ObjectKind::sysv_shm:
      break;
  }
  return remove_lent_sysv(kind, name);
}

}  // namespace

Result<std::string> LentNames::claim(ObjectKind kind) {
  const auto found = std::find_if(free_.begin(), free_.end(),
                                  [kind](const auto& entry) { return entry.first == kind; });
  if (found != free_.end()) {
    used_.push_back(std::move(*found));
    free_.erase(found);
    return used_.back().second;
  }
  LinkMessage question;
  question.type = MessageType::claim;
  question.value = static_cast<std::uint32_t>(kind);
  if (auto sent = link_.send(question, Deadline::never()); !sent) {
    return tl::make_unexpected(sent.error());
  }
  auto answer = link_.receive(Deadline::never());
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->type != MessageType::claimed) return fail(Errc::corrupt, "control link: claim");
  if (answer->text.empty()) return fail(Errc::limit, "no name is left for one more object");
  used_.emplace_back(kind, std::move(answer->text));
  return used_.back().second;
}

void LentNames::released(const std::string& name) {
  const auto found = std::find_if(used_.begin(), used_.end(),
                                  [&name](const auto& entry) { return entry.second == name; });
  if (found == used_.end()) return;
  free_.push_back(std::move(*found));
  used_.erase(found);
}

NameLender::~NameLender() {
  for (const auto& entry : lent_) {
    if (is_gone(remove_lent(entry.first, entry.second))) names_->released(entry.second);
  }
}

LinkMessage NameLender::lend(std::uint32_t kind) {
  LinkMessage answer;
  answer.type = MessageType::claimed;
  if (kind > static_cast<std::uint32_t>(ObjectKind::sysv_shm)) return answer;
  auto name = names_->claim(static_cast<ObjectKind>(kind));
  if (!name) return answer;
  lent_.emplace_back(static_cast<ObjectKind>(kind), *name);
  answer.text = std::move(*name);
  return answer;
}

}  // namespace ipcmark
