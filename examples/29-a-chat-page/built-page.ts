/** The files that vite has built of the page, by the path that a browser asks for. */
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'

const BUILT = new URL('page/dist/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

export type BuiltPage = ReadonlyMap<string, { readonly type: string; readonly content: Buffer }>

/** Only these files are ever served. */
export async function readPage(): Promise<BuiltPage> {
  const page = new Map<string, { type: string; content: Buffer }>()
  for (const name of await namesIn('')) {
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    const content = await readFile(new URL(name, BUILT))
    page.set(name === 'index.html' ? '/' : `/${name}`, { type, content })
  }
  return page
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(new URL(folder, BUILT), { withFileTypes: true })
  const names = entries.map((entry) => {
    const name = `${folder}${entry.name}`
    return entry.isDirectory() ? namesIn(`${name}/`) : [name]
  })
  return (await Promise.all(names)).flat()
}
