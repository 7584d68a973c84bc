# The libraries the project links, all from Debian 12. Static archives are preferred, so that the release binary runs anywhere.
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)

function(garage_static_library name archive)
  find_library(${name}_ARCHIVE NAMES ${archive} REQUIRED)
  add_library(garage_dep_${name} INTERFACE)
  target_link_libraries(garage_dep_${name} INTERFACE ${${name}_ARCHIVE} ${ARGN})
endfunction()

garage_static_library(zstd libzstd.a)
garage_static_library(xxhash libxxhash.a)
garage_static_library(crypto libcrypto.a Threads::Threads dl)
garage_static_library(ssl libssl.a garage_dep_crypto)
garage_static_library(pugixml libpugixml.a)
garage_static_library(boost_json libboost_json.a)
garage_static_library(jemalloc libjemalloc.a Threads::Threads dl m)
garage_static_library(lz4 liblz4.a)
garage_static_library(snappy libsnappy.a)
garage_static_library(bz2 libbz2.a)
garage_static_library(zlib libz.a)
garage_static_library(uring liburing.a)
garage_static_library(rocksdb librocksdb.a garage_dep_zstd garage_dep_lz4 garage_dep_snappy garage_dep_bz2 garage_dep_zlib garage_dep_uring
  Threads::Threads dl)
