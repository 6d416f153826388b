#include "errata/report/kit/data_uri.h"

#include <gtest/gtest.h>

namespace errata::report {
namespace {

TEST(DataUri, IsTheBase64OfTheStandard) {
  // RFC 4648, section 10.
  for (const auto& [bytes, text] :
       {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="}, std::pair{"foo", "Zm9v"},
        std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="}, std::pair{"foobar", "Zm9vYmFy"}})
    EXPECT_EQ(data_uri("text/plain", bytes), std::string("data:text/plain;base64,") + text);
  EXPECT_EQ(data_uri("image/png", "\xff\xfe\xfd"), "data:image/png;base64,//79");
}

}  // namespace
}  // namespace errata::report
