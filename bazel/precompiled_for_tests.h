#pragma once

// What tests include besides. Not for clang: it would note where in the sandbox these stood.
#ifndef __clang__
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "rapidcheck/gtest.h"
#endif
