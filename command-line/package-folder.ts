/**
 * Folders with a package.json and a lock file of their own. They have what only a chart, a rival of
 * the bench, a page or a test needs, so a clone is small until that is used.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CommandError } from './command-error.ts'
import { complain } from './program.ts'

/**
 * Runs `npm ci` in `folder`, a file URL that ends with a slash, unless what its lock file says is
 * there. Rejects with a CommandError if npm fails, and with the reason of `signal` if it aborts.
 */
export async function installPackages(folder: URL, signal?: AbortSignal): Promise<void> {
  const lock = await changedAt(new URL('package-lock.json', folder))
  const installed = await changedAt(new URL('node_modules/.package-lock.json', folder))
  if (lock === 0) throw new Error(`${folder.href} has no package-lock.json`)
  if (installed >= lock) return
  const path = fileURLToPath(folder)
  complain(`npm ci in ${path}`)
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: path,
    stdio: ['ignore', 'ignore', 'inherit'], // stdout belongs to the program
    shell: process.platform === 'win32', // where npm is a script
    ...(signal && { signal }),
  })
  try {
    const [code, by] = (await once(npm, 'exit')) as [number | null, string | null]
    if (code === 0) return
    throw new CommandError(`npm ci in ${path} ended with ${by ?? `code ${code}`}`, 1)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof CommandError) throw error
    throw new CommandError(`npm can't be started: ${error}`, 1)
  }
}

/** In milliseconds since 1970; 0 if there is no such file. */
async function changedAt(file: URL): Promise<number> {
  try {
    return (await stat(file)).mtimeMs
  } catch {
    return 0
  }
}
