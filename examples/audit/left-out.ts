/** An entry of the tree that was not audited. */
export interface LeftOut {
  /** Below the tree's root or the package's folder, with forward slashes. */
  readonly path: string
  readonly reason: string
}

export const NOT_UTF8 = 'its name is not UTF-8'
export const NO_REGULAR_FILE = 'not a regular file'
export const LINK = 'a symbolic link: links are not followed'

/** Why something could not be read, by the error of the system call. */
export function unreadable(error: unknown): string {
  return `unreadable: ${error instanceof Error && 'code' in error ? error.code : error}`
}
