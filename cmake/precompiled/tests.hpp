// What unit tests include besides, see cmake/PrecompiledHeaders.cmake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common.hpp"
