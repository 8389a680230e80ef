/**
 * Records, events and reasons are closed unions: these functions compile only while every kind has
 * its case.
 */
import type { DeadLetterReason, InspectRecord, TaskEvent } from '../../src/index.ts'

export function textOfRecord(record: InspectRecord): string {
  switch (record.kind) {
    case 'accepted':
      return `${record.messageId} ${record.message} ${record.recipient} ${record.task}`
    case 'turn':
      return `${record.agent}/${record.key} ${record.lane} ${record.attempt} ${record.outcome}`
    case 'dead-letter':
      return textOfReason(record.letter.reason)
    case 'dropped':
      return `${record.message} ${record.reason}`
    case 'cancelled':
    case 'retracted':
      return `${record.messageId} ${record.agent}`
    case 'emitted':
      return `${record.agent} ${String(record.event)}`
    case 'logged':
      return `${record.level} ${record.text}`
    case 'late-error':
      return `${record.agent} ${record.message} ${record.messageId} ${record.error.message}`
    case 'task-ended':
      return `${record.task} ${record.stopReason.kind}`
    case 'passivated':
      return `${record.key} ${record.lane}`
    case 'lane-started':
      return `${record.lane} ${record.generation}`
    case 'lane-died':
      return `${record.lane} ${record.cause.message} ${record.suspects.join()}`
    case 'stalled':
      return record.keys
        .map(({ agent, waitsFor }) => `${agent} ${waitsFor.map(({ kind }) => kind)}`)
        .join()
    case 'hot-key':
      return `${record.key} ${record.lane} ${record.inFlight} ${record.idleLanes}`
    case 'dispose-failed':
      return `${record.lane} ${record.of} ${record.name} ${record.error.message}`
    case 'code-changed':
      return `${record.agent} ${record.module} ${record.lane} ${record.generation}`
    case 'lane-gone':
      return `${record.lane} ${record.cause.message}`
  }
}

function textOfReason(reason: DeadLetterReason): string {
  switch (reason.kind) {
    case 'no-subscriber':
    case 'stopped':
      return reason.kind
    case 'unhandled':
    case 'failed':
    case 'poison':
    case 'intervention-failed':
    case 'no-lane':
      return reason.error.message
    case 'expired':
      return `${reason.ttlMs}`
    case 'shed':
      return `${reason.bound} ${reason.limit}`
    case 'task-limit':
      return `${reason.limit} ${reason.value}`
  }
}

export function textOfEvent(event: TaskEvent): string {
  switch (event.kind) {
    case 'emitted':
      return String(event.event)
    case 'retracted':
      return event.agent
  }
}
