#include "app/transfer/address_kind.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/nearest.h"
#include "config/variables.h"
#include "io/packed_file.h"
#include "io/unpacked_file.h"

namespace sluice::app {
namespace {

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

std::string without_packing(std::string name) {
  if (io::packing_of(name)) name.resize(name.rfind('.'));
  return name;
}

bool ends_with_any(std::string_view name, const std::vector<std::string>& endings) {
  return std::ranges::any_of(endings, [&](const std::string& end) { return name.ends_with(end); });
}

/// Of the file names that a path has in the end.
template <typename Forms>
std::string kind_by_ending(const std::string& path, const Forms& forms) {
  const std::string name = without_packing(io::file_name(path));
  for (const auto& form : forms) {
    if (ends_with_any(name, form.form->endings)) return form.kind;
  }
  return "";
}

template <typename Forms>
std::string examples_of(const Forms& forms) {
  std::string text;
  for (const auto& form : forms) {
    if (form.form->example.empty()) continue;
    text += (text.empty() ? "" : ", ") + form.form->example;
  }
  return text;
}

}  // namespace

std::vector<AddressKinds::Form> AddressKinds::source_forms() const {
  std::vector<Form> forms;
  for (const connector::SourceKind* kind : registry_.sources()) {
    forms.push_back({kind->name, &kind->address});
  }
  return forms;
}

std::vector<AddressKinds::Form> AddressKinds::sink_forms() const {
  std::vector<Form> forms;
  for (const connector::SinkKind* kind : registry_.sinks()) {
    forms.push_back({kind->name, &kind->address});
  }
  return forms;
}

Result<AddressKind> AddressKinds::with_scheme(const connector::Address& address,
                                              const Form& form) const {
  SLUICE_TRY(address.check_login());
  AddressKind found;
  found.kind = form.kind;
  SLUICE_ASSIGN(found.options, form.form->options(address));
  found.exists = true;
  return found;
}

/// With ${...} put in, checked, and found; its kind is still to be said.
Result<AddressKind> AddressKinds::path(const connector::Address& address,
                                       const std::vector<Form>& forms) const {
  SLUICE_ASSIGN(const ConfigValue whole,
                config::put_in_variables(ConfigValue::scalar(address.text, /*quoted=*/true, {}),
                                         config::system_variables({})));
  AddressKind found;
  found.path = whole.text();
  if (found.path.empty()) return user_error("an address must not be empty");
  found.options = {connector::address_option("path", address.text)};
  if (!address.scheme.empty()) {
    if (address.host.find(':') != std::string::npos) SLUICE_TRY(address.check_login());
    if (auto known = files_.check_path(found.path); !known) {
      std::vector<std::string> schemes = {"s3"};
      for (const Form& form : forms) {
        schemes.insert(schemes.end(), form.form->schemes.begin(), form.form->schemes.end());
      }
      if (address.scheme == "s3" && !(address.user.empty() && address.password.empty())) {
        return address.error(
            "a login is not for an address to say; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, and leave it out");
      }
      return address.error("no '" + address.scheme + "://' is known" +
                           did_you_mean(address.scheme, schemes) + "; there are " +
                           examples_of(forms) + ", and s3://BUCKET/... for files and folders");
    }
  }
  SLUICE_ASSIGN(const auto there, files_.find(found.path));
  found.exists = there.has_value();
  return found;
}

Result<std::string> AddressKinds::folder_kind(const std::string& folder,
                                              const std::vector<Form>& forms) const {
  for (const Form& form : forms) {
    if (form.form->marker.empty()) continue;
    SLUICE_ASSIGN(const auto marker, files_.find(io::join_path(folder, form.form->marker)));
    if (marker) return form.kind;
  }
  std::string kind;
  SLUICE_TRY(files_.each_file(
      folder, /*recursive=*/true,
      [&](const std::string& path) {
        const bool hidden =
            io::file_name(path).starts_with('.') || path.find("/_") != std::string::npos;
        if (kind.empty() && !hidden) kind = kind_by_ending(path, forms);
        return false;
      },
      [](const io::FileInfo&) {}));
  return kind;
}

Error AddressKinds::missing(const std::string& path) const {
  const std::string folder = io::parent_folder(path);
  std::vector<std::string> names;
  std::error_code ignored;
  if (files_.is_local(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string name = entry.path().filename().string();
      names.push_back(folder == "." && !path.starts_with("./") ? name
                                                               : io::join_path(folder, name));
    }
  }
  return user_error("there is no file or folder '" + path + "'" + did_you_mean(path, names));
}

Result<AddressKind> AddressKinds::source(const connector::Address& address) const {
  const std::vector<Form> forms = source_forms();
  for (const Form& form : forms) {
    if (std::ranges::find(form.form->schemes, address.scheme) != form.form->schemes.end()) {
      return with_scheme(address, form);
    }
  }
  SLUICE_ASSIGN(AddressKind found, path(address, forms));
  if (!found.exists && !is_pattern(found.path)) return missing(found.path);
  SLUICE_ASSIGN(const auto there, files_.find(found.path));
  if (there && there->is_folder) {
    SLUICE_ASSIGN(found.kind, folder_kind(found.path, forms));
  } else {
    found.kind = kind_by_ending(found.path, forms);
  }
  if (!found.kind.empty()) return found;
  return address.error(
      there && there->is_folder
          ? "the folder holds neither a table nor files of a known ending; there are " +
                examples_of(forms)
          : "its ending does not say what it is; there are " + examples_of(forms));
}

Result<AddressKind> AddressKinds::sink(const connector::Address& address,
                                       const std::string& kind) const {
  const std::vector<Form> forms = sink_forms();
  for (const Form& form : forms) {
    if (std::ranges::find(form.form->schemes, address.scheme) != form.form->schemes.end()) {
      if (kind.empty() || kind == form.kind) return with_scheme(address, form);
      return address.error("it is written by " + form.kind + "; leave '" + kind + "' out");
    }
  }
  std::vector<std::string> of_paths;
  for (const Form& form : forms) {
    if (!form.form->marker.empty() || !form.form->endings.empty()) of_paths.push_back(form.kind);
  }
  if (!kind.empty() && std::ranges::find(of_paths, kind) == of_paths.end()) {
    std::string names;
    for (const std::string& name : of_paths) names += (names.empty() ? "" : ", ") + name;
    return user_error("a folder cannot be written as '" + kind + "'" +
                      did_you_mean(kind, of_paths) + "; there are " + names);
  }
  SLUICE_ASSIGN(AddressKind found, path(address, forms));
  SLUICE_ASSIGN(const auto there, files_.find(found.path));
  if (there && !there->is_folder) {
    return address.error("it is a file, and what is written is a folder of files; name another");
  }
  if (io::packing_of(found.path)) {
    return address.error(
        "a folder is written, whose files may be packed: leave the last ending out and add "
        "--to-option compression=gzip (or zstd)");
  }
  found.kind = kind;
  if (found.kind.empty() && there) {
    SLUICE_ASSIGN(found.kind, folder_kind(found.path, forms));
  }
  if (found.kind.empty()) found.kind = kind_by_ending(found.path, forms);
  for (const Form& form : forms) {
    if (found.kind.empty() && !form.form->marker.empty()) found.kind = form.kind;
  }
  return found;
}

}  // namespace sluice::app
