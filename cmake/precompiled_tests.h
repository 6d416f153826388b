#pragma once

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "precompiled.h"
