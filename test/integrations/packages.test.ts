/** What has packages of its own: it fits their types, and does what it is for. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { panelsOf } from '../../bench/chart-panels.ts'
import type { Report } from '../../bench/question.ts'
import { draw as drawBars } from '../../charts/bars.ts'
import { draw as drawLanes } from '../../charts/lanes.ts'
import { PACKAGE_FOLDERS } from '../../command-line/package-folders.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

describe.each(PACKAGE_FOLDERS.map((folder) => folder.pathname.slice(ROOT.length)))('%s', (path) => {
  const hasCode = existsSync(`${ROOT}${path}tsconfig.json`)
  if (hasCode) {
    test('fits the types of its packages', async () => {
      const { stdout } = await run('npx', ['tsc', '-p', path], { cwd: ROOT })
      expect(stdout).toBe('')
    })
  }

  test('has a lock file that names no host', () => {
    expect(readFileSync(`${ROOT}${path}package-lock.json`, 'utf8')).not.toContain(
      '"resolved": "http',
    )
  })
})

test('each folder with a lock file of its own is listed', async () => {
  const { stdout } = await run('git', ['ls-files', '*/package-lock.json'], { cwd: ROOT })
  const found = stdout.trim().split('\n')
  expect(found).toEqual(
    PACKAGE_FOLDERS.map((at) => `${at.pathname.slice(ROOT.length)}package-lock.json`),
  )
})

test('the bench races the pools', async () => {
  const args = ['-C', 'heddle-source', 'bench/main.ts', '--only', 'relay', '--quick']
  const { stdout } = await run(process.execPath, args, { cwd: ROOT })
  expect(stdout).toMatch(/overPool\D+\d/)
})

test('a report becomes bars', () => {
  const json = readFileSync(`${ROOT}docs/figures/bench.json`, 'utf8')
  const report = JSON.parse(json) as Report
  const panels = panelsOf(report)
  const svg = drawBars(panels, report)
  expect(panels.length).toBeGreaterThan(3)
  for (const { title } of panels) expect(svg).toContain(title)
})

test('turns become lanes', () => {
  const svg = drawLanes([[{ key: 'a-key', from: 0, to: 50 }], []], 100)
  expect(svg).toContain('a-key')
  expect(svg).toContain('lane 1')
})
