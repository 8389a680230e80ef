import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemCode, usageError } from '../../command-line/command-error.ts'
import { printable } from '../../command-line/printable.ts'

/** What is audited unless a folder is named. */
export const DEFAULT_ROOT = 'node_modules'

/** Throws a CommandError if there is no folder of this name that can be read. */
export function checkRoot(root: string): void {
  const name = printable(root)
  try {
    if (!statSync(root).isDirectory()) throw usageError(`${name} is no folder; name a folder`)
    readdirSync(root)
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    if (code === 'ENOENT') throw usageError(`there is no folder ${name}; ${advice(root)}`)
    throw usageError(`can't read the folder ${name}: ${code}`)
  }
}

/** Where the packages of a project may be if it has no node_modules. */
function advice(root: string): string {
  const project = dirname(resolve(root))
  if (root !== DEFAULT_ROOT) return 'name another one'
  if (existsSync(join(project, '.pnp.cjs'))) {
    return "Yarn Plug'n'Play keeps packages in zips, which are not read. To audit your own source: ."
  }
  return 'install the packages first, or name a folder, such as . for the source here'
}
