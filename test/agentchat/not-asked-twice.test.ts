/**
 * Models, tools and code that have answered are not asked again by a turn that runs again, since
 * its lane has died.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ModelCalls, type Question } from '../../src/agentchat/agents/model-call.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { type Runtime, ThreadedRuntime } from '../../src/index.ts'
import { scriptedModel, startSimulated } from '../../src/testing/index.ts'
import { chosen, streamed, whole } from '../fixtures/chat/counted.team.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'

function newLog() {
  const path = join(tempFolder('counted'), 'calls.log')
  writeFileSync(path, '')
  return { path, lines: () => readFileSync(path, 'utf8').trimEnd().split('\n') }
}

async function runOn(runtime: Runtime, team: Team, task: string) {
  const shown: string[] = []
  for await (const item of team.conversation(runtime, 'c').runStream({ task })) {
    if (item.kind === 'chunk') shown.push(item.content)
    if (item.kind === 'retracted') shown.push('retracted')
    if (item.kind === 'result') return { ...item, shown }
  }
  throw new Error('it has no result')
}

test.each([
  ['whole', whole, ['retracted']],
  ['in chunks', streamed, ['let ', 'me ', 'see', 'retracted', 'let me see', 'all ', 'is ', 'done']],
] as const)(
  'a model that answers %s, and a tool, are asked once over a death',
  async (_, team, shown) => {
    const log = newLog()
    const runtime = await ThreadedRuntime.start({ agents: team.agents, lanes: 1, report: 'off' })
    try {
      const result = await runOn(runtime, team, log.path)
      expect(result.messages.at(-1)).toMatchObject({ kind: 'text', content: 'all is done' })
      expect(result.usage).toEqual({ promptTokens: 2, completionTokens: 4 })
      expect(result.shown).toEqual(shown)
      const lines = log.lines().map((line) => line.replace(/ c\S* /, ' '))
      expect(lines).toEqual(['worker 0', 'add', 'fatal', 'fatal', 'worker 1'])
    } finally {
      await runtime.stop()
    }
  },
)

test('of whatever lanes die, no model, tool or code is asked twice for what it has answered', async () => {
  const again: string[] = []
  let deaths = 0
  for (let seed = 1; seed <= 200; seed++) {
    const log = newLog()
    const probability = seed % 2 === 0 ? 0.2 : 0.06 // early, or late
    const kills = { probability, most: 1 } // a second death might make a turn poison
    const { runtime, simulation } = await startSimulated({ agents: chosen.agents, seed, kills })
    const result = await runOn(runtime, chosen, log.path)
    expect(result.stopReason.kind, `seed ${seed}`).toBe('condition')
    const lines = log.lines()
    again.push(...lines.filter((line, at) => lines.indexOf(line) < at))
    deaths += Object.values(simulation.kills).reduce((sum, one) => sum + one)
    await runtime.stop()
  }
  expect(deaths).toBeGreaterThan(100)
  expect(again).toEqual([])
})

test('a call of another number, or that asks another thing or another model, is another call', async () => {
  const names: string[] = []
  const once = <T>(name: string, run: () => Promise<T>) => {
    names.push(name)
    return run()
  }
  const calls = (first = 0) => {
    let call = first
    const signal = new AbortController().signal
    const withLimit = <T>(run: () => Promise<T>) => run()
    const asker = { name: 'a', key: 'a', signal, spending: undefined, withLimit, once }
    return new ModelCalls({ ...asker, nextCall: () => call++ })
  }
  const question = (content: string): Question => ({ messages: [{ role: 'system', content }] })
  const model = scriptedModel(() => 'yes')
  await calls().whole(model, question('go'))
  await calls().whole(model, question('go'))
  await calls(1).whole(model, question('go'))
  await calls().whole(model, question('stay'))
  await calls().whole(
    scriptedModel(() => 'yes', { name: 'other' }),
    question('go'),
  )
  const [same, again, ...others] = names
  expect(again).toBe(same)
  expect(new Set(others).size).toBe(3)
  expect(others).not.toContain(same)
})
