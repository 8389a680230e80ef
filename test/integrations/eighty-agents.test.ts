/**
 * The example of eighty agents: how late things are is not judged, since others use the machine.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../examples/eighty-agents/main.ts', import.meta.url))

test('with their tools in the pool all agents answer, and on one loop none goes on', {
  timeout: 120_000,
}, async () => {
  const args = ['-C', 'heddle-source', MAIN]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect(stderr).toBe('')
  const [head, beside = '', pooled = ''] = stdout.split('\n\n')
  expect(head).toBe('83 agents: 3 have a tool that computes, 1 a tool that hangs')
  const [answers = Number.NaN, all] = [
    ...(/answers +(\d+) of (\d+)/.exec(beside)?.slice(1) ?? []),
  ].map(Number)
  expect(answers).toBeLessThan(all as number)
  expect(beside).not.toContain('never_ends')
  expect(pooled).toContain(`${all} of ${all} in`)
  expect(pooled.match(/find_duplicates: \d{2,} files, \d+ nearly/g)).toHaveLength(3)
  expect(pooled).toContain("never_ends: Error: the tool 'never_ends' took longer than 3000 ms")
})
