/**
 * What the agents of the audit say to each other. It imports little, since every thread loads it.
 */
import { defineMessage, defineRequest } from 'heddle'
import { z } from 'zod'
import type { FileOutcome, PackageScore } from '../score.ts'
import type { ShardDuplicates } from '../shard-duplicates.ts'
import type { Slice } from '../slices.ts'
import type { AuditPackage } from '../tree.ts'

/** The audit's own modules make these values, so a deep check of each is not worth its cost. */
const own = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null)

export const PackageFound = defineMessage('package-found', own<AuditPackage>())

/** How many outcomes a package will have in all. */
export const PackageListed = defineMessage('package-listed', z.object({ outcomes: z.int() }))

/** From the reader to itself: the chunk of the package to read next. */
export const ReadNext = defineMessage('read-next', z.object({ chunk: z.int() }))

const sourceText = z.object({ path: z.string(), text: z.string(), bytes: z.int() })
export type SourceText = z.infer<typeof sourceText>

export const SourceChunk = defineMessage('source-chunk', z.object({ files: z.array(sourceText) }))

export const FilesMeasured = defineMessage(
  'files-measured',
  z.object({ outcomes: z.array(own<FileOutcome>()) }),
)

export const PackageScored = defineMessage('package-scored', own<PackageScore>())

/** Fingerprints for one shard, published on the topic `slices/<shard>`. */
export const SliceFound = defineMessage('slice-found', own<Slice>())

export const FindDuplicates = defineRequest('find-duplicates', { reply: own<ShardDuplicates>() })
