// Included before everything else where clang compiles sources with libtorch 1.13 (cmake/ErrataModule.cmake).
//
// In C++20 the destructor of std::vector is constexpr, and clang wants to know it where a class merely declares a member
// std::vector<IValue>; libtorch's IValue is not complete there. g++ waits. So std::vector is taken here as C++17 has it:
// the same code and layout, not constexpr. Its bit-filling helper is declared constexpr in another header and gets
// another name meanwhile.
#pragma once

#include <bits/allocator.h>
#include <bits/range_access.h>
#include <bits/refwrap.h>
#include <bits/stl_algobase.h>
#include <bits/stl_construct.h>
#include <bits/stl_uninitialized.h>

#include <memory>
#include <string>

#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_bits
// clang-format off: in this order
#include <bits/stl_vector.h>
#include <bits/stl_bvector.h>
#include <bits/vector.tcc>
// clang-format on
#undef __fill_a1
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
#include <vector>
