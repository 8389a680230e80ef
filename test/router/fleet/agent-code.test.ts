import { expect, test } from 'vitest'
import { agentAt } from '../../../src/agents/agent-module.ts'
import { AgentCode } from '../../../src/router/fleet/agent-code.ts'
import type { CodeChange } from '../../../src/router/reports/inspect-record.ts'

const module = new URL('file:///agents/a.js')
const agent = agentAt(module, { type: 'a' })
const other = agentAt(module, { type: 'b' })

test('a lane that loads other code is reported, and stays in the list until it loads the first again', () => {
  const changes: CodeChange[] = []
  const code = new AgentCode((change) => changes.push(change))
  const on = (lane: number, generation: number) => ({ lane, generation })
  for (const lane of [0, 1, 2]) code.note(agent, on(lane, 0), 'one')
  code.note(other, on(0, 0), undefined)
  code.note(other, on(0, 1), 'one')
  expect([changes, code.changed]).toEqual([[], []])
  code.note(agent, on(2, 1), 'two')
  code.note(agent, on(0, 1), 'three')
  const named = { agent: 'a', module: module.href }
  expect(changes).toEqual([
    { ...named, ...on(2, 1) },
    { ...named, ...on(0, 1) },
  ])
  expect(code.changed).toEqual([{ ...named, lanes: [0, 2] }])
  code.note(agent, on(2, 2), 'one')
  expect(code.changed).toEqual([{ ...named, lanes: [0] }])
  code.forget(agent)
  expect(code.changed).toEqual([])
})
