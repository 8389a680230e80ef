import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { agentId } from '../../../src/ids/agent-id.ts'
import { topicId } from '../../../src/ids/topic-id.ts'
import { drop, type Intervention } from '../../../src/messages/intervention.ts'
import { defineMessage, defineRequest, type Envelope } from '../../../src/messages/message.ts'
import { Interventions } from '../../../src/router/routing/interventions.ts'

const Note = defineMessage('note', z.string())
const Score = defineRequest('score', { payload: z.string(), reply: z.string() })
const publishing = { topic: topicId('note/a'), sender: undefined }
const sending = { recipient: agentId('scorer/a'), sender: agentId('triage/a') }
const replying = { request: 'score', agent: agentId('scorer/a') }

const note = (text: string) => Note(text) as unknown as Envelope
const score = (text: string) => Score(text) as unknown as Envelope

/** Returns `same`, so that an expression can also note something. */
const noting = <T>(_noted: unknown, same: T): T => same

/** Runs all three chains over the same interventions. */
function through(...chain: Intervention[]) {
  const interventions = new Interventions(chain)
  return {
    publish: () => interventions.onPublish(note('0'), publishing),
    send: () => interventions.onSend(score('0'), sending),
    reply: () => interventions.onReply('0', replying),
  }
}

/** Adds a word to each message and reply. */
const adds = (word: string): Intervention => ({
  onPublish: ({ payload }) => Note(`${payload}${word}`),
  onSend: ({ payload }) => Score(`${payload}${word}`),
  onReply: (reply) => `${reply}${word}`,
})

describe('a chain of interventions', () => {
  test('gives each the previous one’s result', () => {
    const { publish, send, reply } = through(adds('1'), {}, adds('2'), adds('3'))
    expect(publish()).toMatchObject({ kind: 'pass', made: { payload: '0123' } })
    expect(send()).toMatchObject({ kind: 'pass', made: { payload: '0123' } })
    expect(reply()).toEqual({ kind: 'pass', reply: '0123' })
  })

  test('gets the target of the message', () => {
    const seen: unknown[] = []
    const { publish, send, reply } = through({
      onPublish: (message, context) => noting(seen.push(context), message),
      onSend: (request, context) => noting(seen.push(context), request),
      onReply: (given, context) => noting(seen.push(context), given),
    })
    publish()
    send()
    reply()
    expect(seen).toEqual([publishing, sending, replying])
  })

  test('ends at the first drop', () => {
    const seen: string[] = []
    const drops = (reason: string): Intervention => ({
      onPublish: () => drop(reason),
      onSend: () => drop(reason),
      onReply: () => drop(reason),
    })
    const later: Intervention = {
      onPublish: (message) => noting(seen.push('publish'), message),
      onSend: (request) => noting(seen.push('send'), request),
      onReply: (given) => noting(seen.push('reply'), given),
    }
    for (const run of Object.values(through(drops('first'), drops('second'), later))) {
      expect(run()).toEqual({ kind: 'dropped', reason: 'first' })
    }
    expect(seen).toEqual([])
  })

  test('fails when one throws, with its error as the cause', () => {
    const cause = new RangeError('broken')
    const throws = () => {
      throw cause
    }
    const runs = through({ onPublish: throws, onSend: throws, onReply: throws }, adds('1'))
    for (const [name, run] of Object.entries(runs)) {
      const outcome = run()
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'HEDDLE_INTERVENTION_FAILED', cause },
      })
      const on = { publish: 'onPublish', send: 'onSend', reply: 'onReply' }[name]
      expect(outcome).toHaveProperty('error.message', expect.stringContaining(`in ${on} of`))
    }
  })

  test.each<[string, () => unknown, string]>([
    ['returns nothing', () => undefined, 'undefined'],
    ['returns a look-alike', () => ({ kind: 'message', name: 'note', payload: '1' }), 'an object'],
    ['returns the other kind', () => score('1'), "the request 'score'"],
  ])('fails when one %s', (_, onPublish, problem) => {
    const { publish } = through({ onPublish: onPublish as never })
    const outcome = publish()
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INTERVENTION_FAILED' } })
    expect(outcome).toHaveProperty('error.message', expect.stringContaining(problem))
    expect(outcome).toHaveProperty('error.message', expect.stringContaining("onPublish of 'note'"))
  })

  test('fails when one is asynchronous', () => {
    const { publish, send } = through({
      onPublish: (async (message: unknown) => message) as never,
      onSend: (async (request: unknown) => request) as never,
    })
    expect(publish()).toMatchObject({ kind: 'failed' })
    expect(send()).toMatchObject({ kind: 'failed' })
  })

  test('fails when one does not return the reply, but passes an empty reply', () => {
    const forgets = new Interventions([{ onReply: () => {} }])
    expect(forgets.onReply('given', replying)).toMatchObject({ kind: 'failed' })
    expect(forgets.onReply(undefined, replying)).toEqual({ kind: 'pass', reply: undefined })
  })

  test('fails when one makes a reply that can’t cross to a thread', () => {
    const outcome = new Interventions([{ onReply: () => () => {} }]).onReply('given', replying)
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'HEDDLE_INTERVENTION_FAILED' } })
  })

  test('fails when one is asynchronous with a reply', () => {
    const later = new Interventions([{ onReply: async () => 'later' }])
    expect(later.onReply('given', replying)).toMatchObject({ kind: 'failed' })
  })

  test('keeps its interventions when the given list changes', () => {
    const list = [adds('1')]
    const interventions = new Interventions(list)
    list.push(adds('2'))
    expect(interventions.onReply('0', replying)).toEqual({ kind: 'pass', reply: '01' })
  })
})
