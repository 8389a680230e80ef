/**
 * The bench question that needs agent frameworks, as a user asks it. Figures are not judged, since
 * other programs may run on the machine.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../bench/question.ts'

const run = promisify(execFile)
const options = {
  cwd: new URL('../..', import.meta.url),
  env: { ...process.env, NODE_OPTIONS: '' },
}
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('heddle and every framework have whole conversations, with and without computing', {
  timeout: 180_000,
}, async () => {
  const json = join(folder, 'report.json')
  const command = ['-C', 'heddle-source', 'bench/main.ts', '--quick', '--json', json]
  const { stdout } = await run(process.execPath, [...command, '--only', 'frameworks'], options)

  const report = JSON.parse(readFileSync(json, 'utf8')) as Report
  expect(Object.keys(report.questions)).toEqual(['frameworks'])
  const { figures = {}, ratios = {} } = report.questions.frameworks ?? {}
  expect(Object.keys(figures)).toEqual([
    'heddlePerSecond',
    'langGraphPerSecond',
    'langGraphFunctionalPerSecond',
    'openaiAgentsPerSecond',
    'aiSdkPerSecond',
    'heddleComputingPerSecond',
    'langGraphComputingPerSecond',
    'langGraphFunctionalComputingPerSecond',
    'openaiAgentsComputingPerSecond',
    'aiSdkComputingPerSecond',
  ])
  expect(Object.keys(ratios)).toEqual(['overFastestFramework', 'computingOverFastestFramework'])
  for (const [name, value] of Object.entries({ ...figures, ...ratios })) {
    expect(value, name).toBeGreaterThan(0)
  }
  expect(stdout).toMatch(/overFastestFramework .*at least 1 .*(not )?met/)
  expect(stdout).toMatch(/computingOverFastestFramework .*at least 1\.7 .*(not )?met/)
})
