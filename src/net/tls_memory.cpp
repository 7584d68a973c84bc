#include "net/tls_memory.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "net/openssl_own.hpp"

namespace garage::net {

struct TlsMemory::Calls {
  static TlsMemory& of(BIO* bio) { return *static_cast<TlsMemory*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* out, size_t size, size_t* got) {
    std::string_view& input = of(bio).input_;
    BIO_clear_retry_flags(bio);
    *got = std::min(size, input.size());
    if (*got == 0) {
      BIO_set_retry_read(bio);  // empty means "not yet", never "the end"
      return 0;
    }
    std::memcpy(out, input.data(), *got);
    input.remove_prefix(*got);
    return 1;
  }

  static int write(BIO* bio, const char* bytes, size_t size, size_t* written) {
    of(bio).output_.append(bytes, size);
    *written = size;
    return 1;
  }

  static long control(BIO* bio, int command, long, void*) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_PENDING:
        return static_cast<long>(of(bio).input_.size());
      case BIO_CTRL_WPENDING:
        return static_cast<long>(of(bio).output_.size());
      default:
        return 0;
    }
  }

  // One for the process; never freed.
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "garage");
      if (method != nullptr) {
        BIO_meth_set_read_ex(method, read);
        BIO_meth_set_write_ex(method, write);
        BIO_meth_set_ctrl(method, control);
      }
      return method;
    }();
    return made;
  }
};

bool TlsMemory::give_to(ssl_st* session) {
  const BIO_METHOD* method = Calls::method();
  Own<BIO> bio(session == nullptr || method == nullptr ? nullptr : BIO_new(method));
  if (!bio) return false;
  BIO_set_data(bio.get(), this);
  BIO_set_init(bio.get(), 1);
  BIO* const both = bio.release();
  SSL_set_bio(session, both, both);  // takes the one reference
  return true;
}

void TlsMemory::feed(std::string_view ciphertext) {
  ASSERT(input_.empty(), "the session takes what it has before it needs more");
  input_ = ciphertext;
}

void TlsMemory::take_output(std::string& into) {
  into.clear();
  std::swap(into, output_);
}

}  // namespace garage::net
