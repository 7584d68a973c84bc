// What every node keeps whole and the mesh carries around: the layout history and the copies of the settings.
#pragma once

#include "admin/layout_keeper.hpp"
#include "cluster/document.hpp"
#include "model/settings.hpp"
#include "model/settings_copies.hpp"

namespace garage::daemon {

class LayoutDocument final : public cluster::Document {
 public:
  explicit LayoutDocument(admin::LayoutKeeper& layout) : layout_(layout) {}
  std::string name() const override { return "layout"; }
  std::string digest() const override { return std::string(layout_.snapshot()->digest.view()); }
  bool knows_its_cluster() const override { return true; }
  Task<Result<std::string>> export_bytes() override { co_return layout_.snapshot()->encoded; }
  Task<Result<bool>> merge(std::string bytes) override { return layout_.merge_remote(std::move(bytes)); }

 private:
  admin::LayoutKeeper& layout_;
};

class SettingsDocument final : public cluster::Document {
 public:
  SettingsDocument(const model::Settings& settings, model::SettingsCopies& copies)
      : settings_(settings), copies_(copies) {}
  std::string name() const override { return "settings"; }
  std::string digest() const override { return settings_.digest(); }
  void agreed_with(const NodeId& node) override { copies_.agreed_with(node); }
  Task<Result<std::string>> export_bytes() override { return copies_.export_rows(); }
  Task<Result<Page>> export_page(std::string from) override {
    CO_TRY(auto page, co_await copies_.export_page(std::move(from)));
    co_return Page{.bytes = std::move(page.message), .next_from = std::move(page.next_from)};
  }
  Task<Result<bool>> merge(std::string bytes) override { return copies_.merge_rows(std::move(bytes)); }

 private:
  const model::Settings& settings_;
  model::SettingsCopies& copies_;
};

}  // namespace garage::daemon
