import { setEnvironmentData } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { textOf } from '../../src/agentchat/messages/chat-message.ts'
import type { TaskResult } from '../../src/agentchat/runs/task.ts'
import type { Team } from '../../src/agentchat/teams/team.ts'
import { ThreadedRuntime } from '../../src/index.ts'
import { startSimulated } from '../../src/testing/index.ts'
import { helpdesk, panel, project } from '../fixtures/chat/helpdesk.team.ts'
import { DOOR, meeting } from '../fixtures/chat/meeting.team.ts'
import { branches, nested } from '../fixtures/chat/nested.team.ts'
import { research } from '../fixtures/chat/research.team.ts'
import { coding, workshop } from '../fixtures/chat/workshop.team.ts'
import { writing } from '../fixtures/chat/writing.team.ts'
import { testTeam } from './test-team.ts'

const said = ({ messages }: TaskResult) => messages.map((one) => `${one.source}: ${textOf(one)}`)

testTeam('a writer and a critic', writing, [
  { task: 'a poem' },
  'save-and-load',
  { task: 'another' },
])
testTeam('a graph', research, [
  { task: 'a topic' },
  'save-and-load',
  {},
  'reset',
  { task: 'again' },
])

testTeam('a graph of all kinds of agents', workshop, [
  { task: 'a problem' },
  'save-and-load',
  { task: 'another' },
])

testTeam('teams within teams, behind a tool and in a society of mind', nested, [
  { task: 'a problem' },
  'save-and-load',
  { task: 'another' },
  'reset',
  { task: 'again' },
])
testTeam('teams at the nodes of a graph', branches, [{ task: 'a problem' }, 'save-and-load', {}])

testTeam('a swarm', helpdesk, [{ task: 'my money' }])
testTeam('a panel whose speakers are chosen', panel, [{ task: 'a question' }, 'save-and-load', {}])
testTeam('a project that is led by a plan', project, [{ task: 'a program' }])

test('models decide who speaks', async () => {
  const speakers = ({ messages }: TaskResult) => messages.map(({ source }) => source).join(' ')
  expect(speakers(await helpdesk.run({ task: 'x' }))).toBe('user triage refunds refunds triage')
  expect(speakers(await panel.run({ task: 'x' }))).toMatch(/^user( (ann|bob|eve)){5}$/)
  const led = await project.run({ task: 'x' })
  expect(speakers(led)).toBe('user project project coder project tester project')
  expect(led.stopReason.kind).toBe('completed')
})

test('a team runs alone, on a runtime of its own', async () => {
  const result = await writing.run({ task: 'a poem' })
  expect(said(result)).toEqual([
    'user: a poem',
    'writer: draft 1 of a poem',
    'critic: more of default',
    'writer: draft 2 of a poem',
    'critic: more of default',
    'writer: draft 3 of a poem',
    'critic: APPROVE',
  ])
  const { stopReason, usage } = result
  expect(stopReason).toMatchObject({ kind: 'condition', conditions: [{ kind: 'text-mention' }] })
  expect(usage.completionTokens).toBeGreaterThan(10)
})

test('branches of a graph stand in the transcript in the order of its nodes', async () => {
  const result = await research.run({ task: 'a topic' })
  expect(said(result)).toEqual([
    'user: a topic',
    'planner: plan (user; 1)',
    'books: books (user planner; 2)',
    'web: web (user planner; 2)',
    'writer: draft 1 (user planner books web; 4)',
    'editor: again (user planner books web writer; 5)',
    'writer: draft 2 (editor; 5)',
    'editor: fine (writer; 6)',
    'printer: printed (user planner books web writer editor writer editor; 8)',
  ])
  expect(result.stopReason).toEqual({ kind: 'completed', text: 'the graph is done' })
})

test('any agent or team is a node: each hears the others, and remembers', async () => {
  const conversation = workshop.conversation(await embedded(workshop), 'conv')
  expect(said(await conversation.run({ task: 'a problem' }))).toEqual([
    'user: a problem',
    'author: ```js\n0 + 1\n```',
    'lab: reader 0: shown 3',
    'boss: so: expert 0: shown 1',
    'mind: one voice of 4',
  ])
  expect(said(await conversation.run({ task: 'another' }))).toEqual([
    'user: another',
    'author: ```js\n1 + 1\n```',
    'lab: reader 1: shown 9',
    'boss: so: expert 1: shown 3',
    'mind: one voice of 4',
  ])
})

test('parallel branches of a graph run at the same time, on two lanes', async () => {
  setEnvironmentData(DOOR, new Int32Array(new SharedArrayBuffer(4)))
  const runtime = await ThreadedRuntime.start({ agents: meeting.agents, lanes: 2 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const result = await meeting.conversation(runtime, 'conv').run({ task: 'meet' })
  expect(said(result)).toEqual(['user: meet', 'host: met', 'left: met', 'right: met'])
})

test('code runs in processes of their own, started by a lane', async () => {
  const runtime = await ThreadedRuntime.start({ agents: coding.agents, lanes: 2 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const result = await coding.conversation(runtime, 'conv').run({ task: 'compute' })
  expect(said(result).at(-1)).toBe('machine: Exit code 0. Output:\n42\n')
})

test('a thousand conversations at once on two lanes, each transcript right', {
  timeout: 60_000,
}, async () => {
  const runtime = await ThreadedRuntime.start({ agents: writing.agents, lanes: 2 })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  const keys = Array.from({ length: 1_000 }, (_, at) => `conv-${at}`)
  const results = await Promise.all(
    keys.map((key) => writing.conversation(runtime, key).run({ task: `poem for ${key}` })),
  )
  for (const [at, key] of keys.entries()) {
    expect(said(results[at] as TaskResult)).toEqual([
      `user: poem for ${key}`,
      `writer: draft 1 of poem for ${key}`,
      `critic: more of ${key}`,
      `writer: draft 2 of poem for ${key}`,
      `critic: more of ${key}`,
      `writer: draft 3 of poem for ${key}`,
      'critic: APPROVE',
    ])
  }
})

test('after a failure at any point, the next run goes on to the same end, and another task runs like a first', async () => {
  const whole = said(
    await research.conversation(await embedded(research), 'whole').run({ task: 'a topic' }),
  )
  let cut = 0
  for (let seed = 1; seed <= 60; seed++) {
    const failures = { probability: 0.15, most: 2 }
    const kills = { probability: 0.05, most: 2 }
    const { runtime } = await startSimulated({ agents: research.agents, seed, failures, kills })
    const conversation = research.conversation(runtime, 'conv')
    const results = [await conversation.run({ task: 'a topic' })]
    for (let runs = 0; runs < 6 && results.at(-1)?.stopReason.kind !== 'completed'; runs++) {
      cut++
      results.push(await conversation.run(results.some(hasTask) ? {} : { task: 'a topic' }))
    }
    expect(results.at(-1)?.stopReason.kind, `seed ${seed}`).toBe('completed')
    expect(results.flatMap(said), `seed ${seed}`).toEqual(whole)
    await runtime.stop({ deadlineMs: 0 })
  }
  expect(cut).toBeGreaterThan(20)
})

test('what a speaker had shown before its lane died is retracted, and shown again', async () => {
  let retracted = 0
  for (let seed = 1; seed <= 40; seed++) {
    const kills = { probability: 0.1, most: 1 }
    const { runtime } = await startSimulated({ agents: research.agents, seed, kills })
    const shown = new Map<string, number>()
    for await (const item of research
      .conversation(runtime, 'conv')
      .runStream({ task: 'a topic' })) {
      const before = shown.get('source' in item ? item.source : '') ?? 0
      if (item.kind === 'text') shown.set(item.source, before + 1)
      if (item.kind !== 'retracted') continue
      retracted++
      expect(['research', 'planner', 'books', 'web', 'writer', 'editor', 'printer']).toContain(
        item.source,
      )
    }
    expect(shown.get('printer')).toBeGreaterThan(0)
    await runtime.stop({ deadlineMs: 0 })
  }
  expect(retracted).toBeGreaterThan(3)
})

const hasTask = ({ messages }: TaskResult) => messages.some(({ source }) => source === 'user')

async function embedded({ agents }: Team) {
  const { runtime } = await startSimulated({ agents })
  onTestFinished(async () => void (await runtime.stop({ deadlineMs: 0 })))
  return runtime
}
