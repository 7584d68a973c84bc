// What one loop serves: its S3 front, its website front and their HTTP servers, and the tasks that belong to it.
//
// Ownership: the Node owns one for each loop. Threads: run() and settle() from any loop; the rest on the loop itself.
#pragma once

#include <memory>

#include "api/metered_handler.hpp"
#include "base/result.hpp"
#include "daemon/file_budget.hpp"
#include "http/server.hpp"
#include "runtime/future.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_group.hpp"
#include "s3/service.hpp"
#include "web/service.hpp"

namespace garage::daemon {

class FrontLoop {
 public:
  FrontLoop(runtime::Loop& loop, FrontLimits limits) : loop_(loop), limits_(limits) {}

  Task<Result<void>> listen_s3(s3::Backend backend, env::Address address);
  Task<Result<void>> listen_web(web::Backend backend, env::Address address, const telemetry::Instruments& instruments);
  // Stops accepting and waits for requests in progress.
  Task<Result<void>> stop_serving(Duration grace);
  // After that: the object module's work on this loop.
  Task<Result<void>> stop_objects(object::Objects& objects);

  // Runs `task` on this loop, whatever loop the caller is on, and returns its value there.
  template <class T>
  Task<T> run(Task<T> task) {
    auto [promise, future] = runtime::make_future<T>();
    loop_.post([this, work = std::move(task), setter = std::move(promise)]() mutable {
      tasks_.spawn(deliver(std::move(work), std::move(setter)));
    });
    co_return co_await std::move(future);
  }
  // Returns when what run() began has left this loop for good, so that the object may be destroyed from another thread.
  Task<void> settle();

 private:
  template <class T>
  static Task<void> deliver(Task<T> task, runtime::Promise<T> promise) {
    promise.set(co_await std::move(task));
  }

  http::ServerOptions server_options() const;

  runtime::Loop& loop_;
  const FrontLimits limits_;
  runtime::TaskGroup tasks_;
  std::unique_ptr<s3::Service> s3_;
  std::unique_ptr<http::Server> s3_server_;
  std::unique_ptr<web::Service> web_;
  std::unique_ptr<api::MeteredHandler> metered_web_;
  std::unique_ptr<http::Server> web_server_;
};

}  // namespace garage::daemon
