import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemCode, usageError } from '../../command-line/command-error.ts'
import { printable } from '../../command-line/printable.ts'

/** The folder that is audited by default. */
export const DEFAULT_ROOT = 'node_modules'

/** Throws a CommandError if `root` is not a readable folder. */
export function checkRoot(root: string): void {
  const name = printable(root)
  try {
    if (!statSync(root).isDirectory()) throw usageError(`${name} is not a folder; name a folder`)
    readdirSync(root)
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    if (code === 'ENOENT') throw usageError(`there is no folder ${name}; ${advice(root)}`)
    throw usageError(`can't read the folder ${name}: ${code}`)
  }
}

/** What to do if the folder does not exist. */
function advice(root: string): string {
  const project = dirname(resolve(root))
  if (root !== DEFAULT_ROOT) return 'name another one'
  if (existsSync(join(project, '.pnp.cjs'))) {
    return "Yarn Plug'n'Play keeps packages in zips, which are not read. To audit your own source: ."
  }
  return 'install the packages first, or name a folder, such as . for the source here'
}
