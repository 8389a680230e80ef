import { readdirSync, readFileSync } from 'node:fs'

/** Source texts by their path from the root of the project, such as `src/errors.ts`. */
export type Sources = ReadonlyMap<string, string>

const ROOT = new URL('../../', import.meta.url)
const CODE = /\.[cm]?[jt]s$/

/** All code under these folders; a folder that does not exist holds none. */
export function readSources(folders: readonly string[]): Sources {
  const paths = folders.flatMap((folder) => codeIn(`${folder}/`))
  return new Map(paths.sort().map((path) => [path, readText(path)]))
}

export function readText(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

export function inFolders(sources: Sources, ...folders: readonly string[]): Sources {
  return new Map(
    [...sources].filter(([path]) => folders.some((folder) => path.startsWith(`${folder}/`))),
  )
}

function codeIn(folder: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(new URL(folder, ROOT), { recursive: true }) as string[]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return entries
    .map((entry) => folder + entry.replaceAll('\\', '/'))
    .filter((path) => CODE.test(path) && !path.includes('/node_modules/'))
}
