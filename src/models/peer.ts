/** Packages that heddle works with, and does not bring: the user installs them. */
import { textFrom } from '../describe.ts'
import { HeddleError } from '../errors.ts'

/**
 * What `load` imports. Rejects with HEDDLE_MISSING_PACKAGE when `name` is not installed. `load` is
 * `() => import('…')` with the name written out, so that bundlers see it. `subpath` is the part of
 * heddle that needs the package, as in `heddle/openai`.
 */
export async function loadPeer<T>(
  name: string,
  subpath: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(name, error)) throw error
    throw new HeddleError('HEDDLE_MISSING_PACKAGE', { package: name, subpath }, { cause: error })
  }
}

/** Not when the package is there, and one that it needs itself is missing. */
function isMissing(name: string, error: unknown): boolean {
  const about = Object(error) as object
  const isNotFound = textFrom(about, 'code') === 'ERR_MODULE_NOT_FOUND'
  return isNotFound && textFrom(about, 'message')?.includes(`'${name}'`) === true
}
