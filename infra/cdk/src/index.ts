export type { Measure, Severity, Window } from './definitions';
export type { SesWardenParameters } from './parameters';
export { ConnectedConfigurationSet } from './configuration-set';
export type {
  ConfigurationSetOptions,
  ConfigurationSetThresholds,
  ConnectedConfigurationSetProps,
} from './configuration-set';
export { DomainAlarms } from './domain-alarms';
export type { DomainAlarmOptions, DomainAlarmsProps } from './domain-alarms';
export type { Installation } from './installation';
export { SesWarden } from './ses-warden';
export type { ConfigurationSet, SesWardenProps } from './ses-warden';
