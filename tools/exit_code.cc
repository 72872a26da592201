#include "tools/exit_code.h"

#include <iostream>

namespace tidemark::tools {

int Unusable(absl::string_view why) {
  std::cerr << "tidemark: " << why << "\n";
  return 2;
}

int Unusable(const absl::Status& why) { return Unusable(why.message()); }

}  // namespace tidemark::tools
