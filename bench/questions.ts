import { aside } from './aside.ts'
import { breakEven } from './break-even.ts'
import { control } from './control.ts'
import { conversations } from './conversations.ts'
import { frameworks } from './frameworks.ts'
import { growth } from './growth.ts'
import { heartbeat } from './heartbeat.ts'
import { http } from './http.ts'
import { idleCpu } from './idle-cpu.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { nested } from './nested.ts'
import { poolOverhead } from './pool-overhead.ts'
import type { Question } from './question.ts'
import { recovery } from './recovery.ts'
import { relay } from './relay.ts'
import { request } from './request.ts'
import { responsiveness } from './responsiveness.ts'
import { scaling } from './scaling.ts'
import { skew } from './skew.ts'
import { throughput } from './throughput.ts'
import { tools } from './tools.ts'
import { waiting } from './waiting.ts'

/** All questions, in the order in which they are asked. */
export const QUESTIONS: readonly Question[] = [
  scaling,
  throughput,
  relay,
  request,
  breakEven,
  latency,
  aside,
  idleCpu,
  memory,
  skew,
  responsiveness,
  growth,
  recovery,
  conversations,
  control,
  waiting,
  nested,
  frameworks,
  tools,
  poolOverhead,
  heartbeat,
  http,
]
