#pragma once

// What an engine may answer to who asks for a place in its log, by how things stood when it was asked. Records of one
// call are answered together.
//
//                        records                 creation                  drop
//   the log has failed   kPoisoned               kPoisoned                 kPoisoned
//   no such partition    NOT_FOUND               OK                        NOT_FOUND, also one that is on its way
//   it is there          OK                      ALREADY_EXISTS            OK
//   beyond a limit       RESOURCE_EXHAUSTED      RESOURCE_EXHAUSTED        -
//   more than ever may   INVALID_ARGUMENT        -                         -
//   the disk is full     kDiskFull               kDiskFull                 kDiskFull
//
// What fails later answers kPoisoned too. Which limit a record may have met is judged elsewhere (V2).

#include <cstdint>
#include <string>

#include "scenarios/contract.h"
#include "scenarios/oracles/oracle.h"

namespace tidemark::scenarios {

struct AnswerLimits {
  LifeLimits life;
  Limits limits;
  bool may_be_poisoned = false;  // what the answer needs has failed by now, or may have
};

// What is wrong with the answer; "" for nothing.
std::string Contradiction(const Taken& taken, const AnswerLimits& limits);

}  // namespace tidemark::scenarios
