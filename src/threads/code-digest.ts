/**
 * Digests that show whether two lanes run the same text of a module. Its imports are not compared.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** Undefined: the module is not a file that can be read. */
export type CodeDigest = string | undefined

export async function digestOf(module: string): Promise<CodeDigest> {
  if (!module.startsWith('file:')) return undefined
  try {
    return createHash('sha256')
      .update(await readFile(new URL(module)))
      .digest('hex')
  } catch {
    return undefined // the file existed when it was imported, and is gone now
  }
}
