/**
 * Brings comments and Markdown to the measure: `npm run reflow [-- FILE …]`. Without a file, it
 * does so in the whole project.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { print, runProgram } from '../command-line/program.ts'
import { reflowPage, reflowSource } from './prose.ts'

const NOT_OURS = ['.git', 'node_modules', 'dist', 'reference']
const SPEC = {
  command: 'npm run reflow --',
  about: 'Brings comments and Markdown to the measure.',
  operands: {
    value: 'FILE …',
    help: 'only these files; without one, the whole project',
    most: 999,
  },
  options: {},
} as const

await runProgram(SPEC, async ({ operands }) => {
  for (const path of operands.length > 0 ? operands : filesIn('.')) {
    const text = readFileSync(path, 'utf8')
    const next = path.endsWith('.md') ? reflowPage(text) : reflowSource(text)
    if (next === text) continue
    writeFileSync(path, next)
    print(path)
  }
  return 0
})

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.includes(entry.name) ? [] : filesIn(path)
    return /\.(ts|md)$/.test(entry.name) ? [path] : []
  })
}
