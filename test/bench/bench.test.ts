/**
 * The command as a user calls it, on two cheap questions. Figures are not judged, since other
 * programs may run on the machine.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../bench/question.ts'

const root = new URL('../..', import.meta.url)
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function bench(...args: string[]): Promise<Ended> {
  const command = ['-C', 'heddle-source', 'bench/main.ts', ...args]
  const options = { cwd: root, timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } }
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test('writes the median of every ratio and figure, with its range, and prints the goals', {
  timeout: 60_000,
}, async () => {
  const json = join(folder, 'new', 'report.json')
  const { code, stdout, stderr } = await bench(
    '--only',
    'latency',
    'idleCpu',
    '--quick',
    '--json',
    json,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('round 2 of 2') })

  const report = JSON.parse(readFileSync(json, 'utf8')) as Report
  expect(Object.keys(report)).toEqual(['node', 'cores', 'questions'])
  expect(report.node).toBe(process.version)
  expect(report.cores).toBeGreaterThanOrEqual(1)
  expect(Object.keys(report.questions)).toEqual(['latency', 'idleCpu'])
  expect(Object.keys(report.questions.latency?.ratios ?? {})).toEqual([
    'p50OverPingPong',
    'p99OverPingPong',
  ])
  expect(Object.keys(report.questions.idleCpu?.figures ?? {})).toEqual([
    'idlePercent',
    'waitingPercent',
  ])
  for (const { figures, ratios, ranges } of Object.values(report.questions)) {
    const medians = Object.entries({ ...figures, ...ratios })
    expect(Object.keys(ranges).sort()).toEqual(medians.map(([name]) => name).sort())
    for (const [name, median] of medians) {
      const [min = Number.NaN, max = Number.NaN] = ranges[name] ?? []
      expect(median, name).toBeGreaterThanOrEqual(min)
      expect(median, name).toBeLessThanOrEqual(max)
    }
  }

  expect(stdout).toContain('p50OverPingPong')
  expect(stdout).toMatch(/idlePercent .*at most 1 .*(not )?met/)
})

test('an unknown question is an error that names the known ones, before anything is measured', async () => {
  const { code, stdout, stderr } = await bench('--only', 'speed')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(
    /^--only has no 'speed'; there are scaling, .*recovery, conversations, control, waiting, nested, frameworks, tools, poolOverhead, heartbeat, http\n$/,
  )
})
