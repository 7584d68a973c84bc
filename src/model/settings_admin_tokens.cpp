// Admin tokens.
#include "model/settings.hpp"
#include "model/settings_copies.hpp"
#include "model/settings_edit.hpp"
#include "model/settings_rows.hpp"

namespace garage::model {
namespace {

using EditTokenRow = EditRow<AdminToken, decode_admin_token, encode_admin_token>;

Result<void> check_labels(const AdminToken& token) {
  CHECK_OK(check_label("name of an admin token", token.name));
  for (const std::string& operation : token.scope) CHECK_OK(check_label("name of an operation", operation));
  return {};
}

}  // namespace

Task<Result<AdminToken>> Settings::create_admin_token(AdminToken token) {
  CO_CHECK_OK(check_labels(token));
  token.created_ms = clock_.wall_now().unix_ms;
  CO_CHECK_OK(
      co_await write_row(admin_token_row_key(token.id), std::make_shared<CreateRow>(encode_admin_token(token), false)));
  co_return token;
}

Task<Result<AdminToken>> Settings::edit_admin_token(std::string id, AdminTokenEdit edit) {
  auto checked = [edit = std::move(edit)](AdminToken& token) -> Result<void> {
    const std::string name = token.name;
    const std::vector<std::string> scope = token.scope;
    CHECK_OK(edit(token));
    return token.name == name && token.scope == scope ? Result<void>{} : check_labels(token);
  };
  auto decision = std::make_shared<EditTokenRow>(std::move(checked));
  CO_CHECK_OK(co_await write_row(admin_token_row_key(id), decision));
  co_return decision->result();
}

Task<Result<void>> Settings::delete_admin_token(std::string id) {
  co_return co_await write_row(admin_token_row_key(id), std::make_shared<RemoveRow>(std::nullopt));
}

Task<bool> Settings::look_for_admin_token(std::string id) {
  if (copies_ == nullptr) co_return false;
  (void)co_await copies_->look_again(admin_token_row_key(id));
  co_return directory()->admin_token(id) != nullptr;
}

Task<bool> Settings::confirm_admin_token(std::string id) {
  co_return (co_await copies_->look_again(admin_token_row_key(id), SettingsCopies::kTrusted)).has_value();
}

}  // namespace garage::model
