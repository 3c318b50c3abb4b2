// Questions to a hosted pipeline: see hosted.h.
#include <algorithm>
#include <utility>

#include "app/host/hosted.h"
#include "app/pipeline/pipeline_content.h"
#include "base/border.h"
#include "base/json.h"
#include "questions/sandbox.h"

namespace sluice {

Status answer_question() {
  return at_border("answer a question", [&] {
    questions::confine_process();
    questions::Frames frames{io::Descriptor(0)};
    return questions::answer(frames);
  });
}

namespace app {
namespace {

const char* kind_text(engine::WatchedRelation::Kind kind) {
  switch (kind) {
    case engine::WatchedRelation::Kind::kSource:
      return "source";
    case engine::WatchedRelation::Kind::kTable:
      return "table";
    case engine::WatchedRelation::Kind::kView:
      break;
  }
  return "view";
}

questions::AnswerForm form_of(QuestionForm form) {
  switch (form) {
    case QuestionForm::kTable:
      return questions::AnswerForm::kTable;
    case QuestionForm::kCsv:
      return questions::AnswerForm::kCsv;
    case QuestionForm::kLines:
      return questions::AnswerForm::kLines;
    case QuestionForm::kRows:
      break;
  }
  return questions::AnswerForm::kRows;
}

}  // namespace

void Hosted::wake_for_question() {
  std::shared_ptr<engine::Control> control;
  {
    const std::lock_guard lock(mutex_);
    control = control_;
  }
  if (control != nullptr) control->wake();
}

std::string Hosted::relations_json() const {
  OrderedJson list = OrderedJson::array();
  for (const engine::WatchedRelation& relation : desk_.relations()) {
    OrderedJson columns = OrderedJson::array();
    for (const data::Field& field : relation.schema.fields()) {
      columns.push_back({{"name", field.name}, {"type", field.type.to_string()}});
    }
    OrderedJson one = {{"name", relation.name},
                       {"kind", kind_text(relation.kind)},
                       {"of", relation.is_of_batch ? "batch" : "result"},
                       {"columns", std::move(columns)}};
    if (!relation.lacking.empty()) one["lacking"] = relation.lacking;
    list.push_back(std::move(one));
  }
  return dump_json(list);
}

Result<std::string> Hosted::ask(const Question& question, const std::stop_token& stop) {
  return at_border("ask the pipeline", [&]() -> Result<std::string> {
    if (room_ == nullptr) return user_error("this process answers no questions in SQL");
    questions::SandboxRequest request;
    request.sql = question.sql;
    request.rows_max = std::min(question.rows_max, kQuestionRowsMax);
    request.form = form_of(question.form);
    {
      const std::lock_guard lock(mutex_);
      const bool is_at_work = is_active(now_.state) && now_.state != PipelineState::kStarting;
      if (!is_at_work) {
        const std::string why = now_.error ? " (" + now_.error->message + ")" : "";
        return Error(Kind::kConflict, "pipeline '" + name_ + "' cannot be asked: it is " +
                                          std::string(state_name(now_.state)) + why);
      }
      request.time_zone = version_.content().file.timezone;
    }
    return room_->ask(std::move(request), desk_, stop);
  });
}

}  // namespace app
}  // namespace sluice
