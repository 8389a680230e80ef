/**
 * The folder of a user of the package: the packed tarball, installed with its dependencies, and
 * programs beside it. It lies outside the project, so that nothing of the project can be found from
 * there.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./program/', import.meta.url))
/** The Node that programs run on. Default: the project's own. */
const NODE = process.env.HEDDLE_NODE ?? process.execPath
/** A program that has not ended by then counts as hung. */
const HANGS_MS = 60_000

const execute = promisify(execFile)

export interface UserFolder {
  readonly path: string
  /**
   * Copies the program into a folder of its own, from which the package can be found. Returns the
   * folder.
   */
  copyOfProgram(name: string): string
  remove(): void
}

export async function installPackage(beside: readonly string[]): Promise<UserFolder> {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-package-')))
  const manifest = { name: 'user', private: true, type: 'module' }
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest))
  const packed = ['pack', ROOT, '--ignore-scripts', '--silent', '--pack-destination', path]
  const tarball = (await npm(path, packed)).trim()
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
  await npm(path, ['install', ...quiet, `./${tarball}`, ...beside])
  return {
    path,
    copyOfProgram: (name) => {
      const folder = join(path, name)
      mkdirSync(folder)
      cpSync(PROGRAM, folder, { recursive: true })
      return folder
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node until it ends. A program that fails is an outcome; one that hangs is an error. */
export async function runNode(folder: string, ...args: string[]): Promise<Outcome> {
  const options = { cwd: folder, timeout: HANGS_MS, killSignal: 'SIGKILL' } as const
  try {
    return { code: 0, ...(await execute(NODE, args, options)) }
  } catch (error) {
    const { code, stdout, stderr } = error as Partial<Outcome>
    if (typeof code !== 'number') throw error
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
}

/** Runs a tool of the project, on the project's Node, in another folder. */
export async function runTool(folder: string, path: string, ...args: string[]): Promise<void> {
  const tool = join(ROOT, 'node_modules', path)
  await execute(process.execPath, [tool, ...args], { cwd: folder, timeout: HANGS_MS })
}

async function npm(folder: string, args: readonly string[]): Promise<string> {
  // The variables that a running npm sets for its scripts would make this npm work on the project
  // instead of the folder.
  const told = /^npm_(config_(local_|global_)?prefix|package|lifecycle|command)/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.test(name)))
  const script = process.env.npm_execpath
  const [file, first] = script === undefined ? ['npm', []] : [process.execPath, [script]]
  const options = { cwd: folder, env, timeout: HANGS_MS }
  return (await execute(file, [...first, ...args, '--prefix', folder], options)).stdout
}
