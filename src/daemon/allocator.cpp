// How jemalloc behaves in the server. It reads this variable before main().
extern "C" {
// Few arenas: our loops hold on to what they have, and each arena keeps some memory for itself. Freed pages go back
// after a second, by a thread of jemalloc's own, so that no request pays for it.
extern const char* malloc_conf;
const char* malloc_conf = "narenas:4,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
