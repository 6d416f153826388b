#include "errata/table/row_index.h"

#include <gtest/gtest.h>

namespace errata::table {
namespace {

TEST(RowIndex, NamesThatProgramsGive) {
  for (const char* name : {"", "column0", "column00", "Unnamed: 0", "Unnamed: 0.1", "unnamed: 1", "__index_level_0__"})
    EXPECT_TRUE(is_row_index(name)) << name;
  for (const char* name : {"column1", "unnamed", "unnamed: x", "__index_level___", "index_level_0", "id"})
    EXPECT_FALSE(is_row_index(name)) << name;
}

TEST(RowIndex, IdentifiersByName) {
  for (const char* name : {"id", "customer_id", "customerId", "Customer ID", "order-id", "rownames", "UUID", "row.nr"})
    EXPECT_TRUE(is_called_id(name)) << name;
  for (const char* name : {"paid", "age", "grid", "key_figure", "width"}) EXPECT_FALSE(is_called_id(name)) << name;
}

}  // namespace
}  // namespace errata::table
