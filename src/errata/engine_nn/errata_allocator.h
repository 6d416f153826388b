/* An allocator of your own as a shared library, for `errata checklist --allocator ./libmine.so`: define errata_allocate
 * and compile with -shared -fPIC. Errata loads it in a process of its own, so that a crash is a finding of the
 * checklist. docs/formats/allocator-protocol.md says what is asked and what is an answer, and has an example. */
#ifndef ERRATA_ALLOCATOR_H
#define ERRATA_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* C has its own habits: NOLINTBEGIN(readability-identifier-naming,modernize-use-using) */

#define ERRATA_NO_VIDEO UINT64_MAX

/* What is asked. All of it is Errata's, and gone after the call. */
typedef struct {
  const uint8_t* pixels; /* [height, width, 3]: red, green, blue */
  uint32_t height, width;
  const char* query;        /* UTF-8, ends with 0 */
  uint32_t patch;           /* side of a patch in pixels */
  uint32_t rows, columns;   /* patches: number row * columns + column, those at the lower right may be cut */
  uint32_t max_positions;   /* at most so many patches may be funded, */
  uint64_t max_tokens;      /* with at most so many tokens together */
  uint64_t video;           /* frames of one video share this number; else ERRATA_NO_VIDEO */
  uint64_t frame;           /* of the video, from 0 on, in order */
  const uint32_t* examined; /* patches that earlier looks at this picture funded */
  size_t examined_count;
} errata_allocation_question;

/* Funds patches. Called once a question, by one thread, in order, so that it may keep state.
 * positions, budgets: room for max_positions each; each patch once, each budget at least 1
 * count: how many were written
 * Returns 0, or a number of your own where you have no answer. */
int errata_allocate(const errata_allocation_question* question, uint32_t* positions, uint64_t* budgets, size_t* count);

/* NOLINTEND(readability-identifier-naming,modernize-use-using) */

#ifdef __cplusplus
}
#endif

#endif
