/** `context.once`: what a custom agent does outside is not done again by a turn that runs again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defineChatAgent } from '../../src/agentchat/agents/define-chat-agent.ts'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { KINDS } from '../fixtures/both-runtimes.ts'
import { buyer, shop } from '../fixtures/chat/effects.team.ts'
import { tempFolder } from '../fixtures/temp-folder.ts'

function newLog() {
  const path = join(tempFolder('effects'), 'effects.log')
  writeFileSync(path, '')
  return { path, lines: () => readFileSync(path, 'utf8').trimEnd().split('\n') }
}

const lastOf = ({ messages }: TaskResult) => textOf(messages.at(-1) as never)
const code = (one: string) => ({ kind: 'failed', error: { code: one } })
const WRONG = [
  ['reuses', code('HEDDLE_ONCE_REUSED')],
  ['floods', code('HEDDLE_ONCE_FULL')],
  ['returns-a-function', code('HEDDLE_PAYLOAD_NOT_CLONEABLE')],
  ['names-none', code('HEDDLE_INVALID_OPTION')],
  ['fails', { kind: 'failed', error: { message: 'sold out' } }],
] as const

describe.each(KINDS)('on $name', ({ name, start, share }) => {
  const runtime = share({ agents: shop.agents })

  test('an effect is done once, whether or not the lane dies after it', async () => {
    const { path, lines } = newLog()
    const fallen = name === 'ThreadedRuntime' ? ['fall'] : []
    const own = await start({ agents: shop.agents })
    const conversation = shop.conversation(own, 'c')
    expect(lastOf(await conversation.run({ task: `falls ${path}` }))).toBe('bought 4, frozen')
    expect(lines()).toEqual(['buy', ...fallen])
    await conversation.run({ task: `buys ${path}` })
    expect(lines()).toEqual(['buy', ...fallen, 'buy']) // another turn
  })

  test.each(WRONG)('an effect that %s fails the run', async (does, reason) => {
    const { path, lines } = newLog()
    const { stopReason } = await shop.conversation(runtime(), does).run({ task: `${does} ${path}` })
    expect(stopReason).toMatchObject(reason)
    expect(lines()).toEqual(['buy'])
  })
})

describe('alone', () => {
  test('an effect is done once in a run', async () => {
    const { path, lines } = newLog()
    expect(lastOf(await buyer.run({ task: `buys ${path}` }))).toBe('bought 4, frozen')
    expect(lastOf(await buyer.run({ task: `buys ${path}` }))).toBe('bought 8, frozen')
    expect(lines()).toEqual(['buy', 'buy'])
  })

  test.each(WRONG)('an effect that %s fails the run', async (does, reason) => {
    const { path, lines } = newLog()
    const { stopReason } = await buyer.run({ task: `${does} ${path}` })
    expect(stopReason).toMatchObject(reason)
    expect(lines()).toEqual(['buy'])
  })
})

test('an effect that begins after the turn has ended is refused', async () => {
  let begin = async () => {}
  const agent = defineChatAgent({
    name: 'late',
    respond: async (_, { once, nextId }) => {
      begin = async () => void (await once('late', () => expect.unreachable()))
      const message = { kind: 'text', id: nextId(), source: 'late', content: 'ok' } as const
      return { kind: 'message', message }
    },
  })
  await agent.run({ task: 'go' })
  await expect(begin()).rejects.toMatchObject({
    code: 'HEDDLE_TURN_ENDED',
    fields: { agent: 'late', call: 'once' },
  })
})

test('of whatever lanes die, an effect that was recorded is not done again', async () => {
  let deaths = 0
  for (let seed = 1; seed <= 60; seed++) {
    const { path, lines } = newLog()
    const kills = { probability: seed % 2 === 0 ? 0.2 : 0.06, most: 1 }
    const { runtime, simulation } = await startSimulated({ agents: shop.agents, seed, kills })
    const result = await shop.conversation(runtime, 'c').run({ task: `buys ${path}` })
    expect(lastOf(result), `seed ${seed}`).toMatch(/^bought \d+, frozen$/)
    expect(lines(), `seed ${seed}`).toEqual(['buy'])
    deaths += Object.values(simulation.kills).reduce((sum, one) => sum + one)
    await runtime.stop()
  }
  expect(deaths).toBeGreaterThan(20)
})
