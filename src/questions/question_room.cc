#include "questions/question_room.h"

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/json.h"

namespace sluice::questions {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kPlanBytesMax = std::size_t{8} << 20;
constexpr std::size_t kAnswerBytesMax = std::size_t{96} << 20;

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

/// A process that has gone without a word has met its limits.
Error named(const QuestionProcess& process, Error error, std::chrono::seconds limit) {
  if (error.kind() == Kind::kTransient) {
    return user_error(
        "E_QUESTION_TOO_LARGE: the question's process has ended: it needed more memory than it may "
        "use, or met an error of the SQL library; let it read, sort or group less");
  }
  if (error.kind() == Kind::kCancelled && error.message().find("too long") != std::string::npos) {
    if (process.cpu_time() < limit / 4) {
      return transient_error("E_BUSY: the machine had no time for the question within " +
                             seconds_text(limit) + "; ask again");
    }
    return user_error("E_QUESTION_TIME: the question was ended after " + seconds_text(limit) +
                      "; let it read, sort or group less");
  }
  return error;
}

std::int64_t millis(std::chrono::nanoseconds time) {
  return std::chrono::round<std::chrono::milliseconds>(time).count();
}

}  // namespace

Result<std::string> QuestionRoom::run(QuestionProcess& process, const Copies& copies,
                                      const std::stop_token& stop) {
  std::unique_lock one(running_, std::defer_lock);
  if (!one.try_lock_for(kRunTime)) {
    return transient_error("E_BUSY: another question runs; ask again");
  }
  std::vector<std::string> heads;
  const std::vector<std::string_view> parts = copies_parts(copies.relations, heads);
  const auto deadline = Steady::now() + kRunTime;
  auto answered = [&]() -> Result<std::string> {
    SLUICE_TRY(process.frames().send(parts, deadline, stop));
    return process.frames().receive(kAnswerBytesMax, deadline, stop);
  }();
  if (!answered) return named(process, std::move(answered).error(), kRunTime);
  return answer_in(*std::move(answered));
}

Result<std::string> QuestionRoom::ask(SandboxRequest request, CopyDesk& desk,
                                      const std::stop_token& stop) {
  struct Seat {
    explicit Seat(QuestionRoom& of) : room(of) {
      const std::lock_guard lock(room.mutex_);
      has_one = room.seats_taken_ < kSeats;
      if (has_one) ++room.seats_taken_;
    }
    ~Seat() {
      if (!has_one) return;
      const std::lock_guard lock(room.mutex_);
      --room.seats_taken_;
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    QuestionRoom& room;
    bool has_one = false;
  };
  const Seat seat(*this);
  if (!seat.has_one) {
    return transient_error("E_BUSY: " + std::to_string(kSeats) +
                           " questions are being answered; ask again");
  }
  request.relations = desk.relations();
  SLUICE_ASSIGN(const auto process, QuestionProcess::start(program_));
  auto planned = [&]() -> Result<std::string> {
    const auto deadline = Steady::now() + kPlanTime;
    const std::string text = request_text(request);
    const std::array<std::string_view, 1> parts{text};
    SLUICE_TRY(process->frames().send(parts, deadline, stop));
    return process->frames().receive(kPlanBytesMax, deadline, stop);
  }();
  if (!planned) return named(*process, std::move(planned).error(), kPlanTime);
  SLUICE_ASSIGN(const std::vector<RelationWish> wish, wish_in(*planned));
  Copies copies;
  const bool reads = !wish.empty();
  const auto begun = clock_.steady();
  if (reads) {
    SLUICE_ASSIGN(copies, desk.ask(wish, begun + kWaitTime, stop));
  }
  const auto waited = clock_.steady() - begun - copies.copying;
  std::size_t rows = 0;
  for (const PackedRows& relation : copies.relations) rows += relation.rows;
  SLUICE_ASSIGN(std::string answer, run(*process, copies, stop));
  std::int64_t ran_us = 0;
  if (const std::size_t at = answer.rfind(",\"ran_us\":"); at != std::string::npos) {
    ran_us = std::strtoll(answer.c_str() + at + 10, nullptr, 10);
    answer.erase(at);
  }
  const OrderedJson batch = reads && copies.batch >= 0 ? OrderedJson(copies.batch) : OrderedJson();
  OrderedJson rest;
  rest["batch"] = batch;
  rest["at"] = reads ? OrderedJson(copies.at / 1000) : OrderedJson();
  rest["of"] = copies.is_of_batch ? "batch" : "state";
  rest["copied_rows"] = rows;
  rest["ms"] = {{"waited", millis(waited)},
                {"copied", millis(copies.copying)},
                {"ran", (ran_us + 500) / 1000}};
  return "{" + answer + "," + dump_json(rest).substr(1);
}

}  // namespace sluice::questions
