/** Modules that a thread must not import: the program itself, and files of tests. */
import { realpathSync } from 'node:fs'
import nodeModule from 'node:module'
import { pathToFileURL } from 'node:url'

/** Whether a test runner alone can run the module. */
export function isTestFile(module: string): boolean {
  return /\.(test|spec)\.[cm]?[jt]sx?$/.test(module)
}

/**
 * The module that Node was started with, if any: resolved as Node resolves it (`node .`, no
 * extension, a link).
 */
export function mainModule(): string | undefined {
  try {
    const path = nodeModule.createRequire(process.execPath).resolve(process.argv[1] ?? '')
    return pathToFileURL(realpathSync(path)).href
  } catch {
    return undefined
  }
}
