/** Where the configuration is kept: its documents, the templates that follow from them, and the addresses of the installation. */
import type { Actor, AuditEvent } from '../audit.ts';
import type { VersionedCatalogue } from '../template-catalogue.ts';
import type { ConversionPreview } from '../template-conversion.ts';
import type { TemplatePlan } from '../template-plan.ts';
import type { HiddenValues, RestoredValues, RoleRecords, ValidationPreview } from '../template-outlook.ts';
import type { HiddenAttribute, RemovedTemplate, Template } from '../template.ts';
import type { Draft, DraftStore } from './draft.ts';
import type { Kind, PlainObject } from './object-document.ts';
import type { VersionStore } from './object-version.ts';
import type { NewObject } from './plan.ts';
import type { StoredConfiguration } from './stored.ts';

export interface ConfigurationStore {
  /** One consistent picture, of now or of an earlier revision. Throws `config.unknownRevision`. */
  load(revision?: number): Promise<LoadedConfiguration>;
  /** The newest revision. */
  revision(): Promise<number>;
  /** Whether any object was ever published, removed ones included: false until the first apply, whatever addresses and secrets are set. */
  everPublished(): Promise<boolean>;
  /** Newest version of every template, removed ones included: what a plan of templates starts from. */
  newestTemplates(): Promise<readonly Template[]>;
  /** Records of a template, archived ones included. */
  countRecords(template: Template): Promise<number>;
  /** Attributes whose values can still come back. */
  hiddenAttributes(): Promise<readonly HiddenAttribute[]>;
  /** Templates that can come back with their records. */
  removedTemplates(): Promise<readonly RemovedTemplate[]>;
  /** What planned changes of types would do to the values; nothing is written. */
  previewConversions(templates: TemplatePlan): Promise<readonly ConversionPreview[]>;
  /** How many records would not keep rules that are new or changed; they may stay as they are. */
  previewValidations(templates: TemplatePlan): Promise<readonly ValidationPreview[]>;
  /** Records with a value in attributes that would be hidden; only those with some. */
  countHidden(templates: TemplatePlan): Promise<readonly HiddenValues[]>;
  /** Records with a value in hidden attributes that would come back, those of a removed template included; only those with some. */
  countRestored(templates: TemplatePlan): Promise<readonly RestoredValues[]>;
  /** Records that name these roles; only attributes with some. */
  countRoleRecords(roles: readonly string[]): Promise<readonly RoleRecords[]>;
  /**
   * Writes the objects and switches to the next revision, whole or not at all; the templates' tables are made before the switch.
   * Where more values have to be converted than a caller should wait for, a job does it and switches at its end.
   * Throws `config.changedMeanwhile` when somebody has published since `base`, `config.publishing` while such a job is under way,
   * and what publishing templates throws.
   */
  publish(publication: Publication, templates: TemplatePlan): Promise<Published>;
  /** Sets the addresses that differ, removes those that are null. Returns the new revision, or null when nothing differed. */
  setAddresses(values: ReadonlyMap<string, string | number | null>, by: string, actor?: Actor): Promise<number | null>;
  /** For which the nodes were last started; null when they were not told. */
  environment(): Promise<string | null>;
  /** Remembers the environment that a node was started for; returns the former one. */
  setEnvironment(environment: string | null): Promise<string | null>;
  drafts: DraftStore;
  versions: VersionStore;
  /** What the newest object of that name said, also when it is deleted; null when there never was one. */
  lastDocument(kind: Kind, name: string): Promise<PlainObject | null>;
  /** Newest first. */
  history(limit: number, before?: number): Promise<readonly RevisionEntry[]>;
}

export interface LoadedConfiguration {
  stored: StoredConfiguration;
  templates: VersionedCatalogue;
}

export interface RevisionEntry {
  revision: number;
  /** UTC text with microseconds. */
  at: string;
  by: string;
  note: string;
}

/** The revision that is in force now, or the job that will bring it. */
export type Published = { kind: 'revision'; revision: number } | { kind: 'job'; job: string };

export interface Publication {
  /** The revision that the plan was made for. */
  base: number;
  /** Account or command that publishes. */
  by: string;
  /** Id of the account, for whom a job works; absent: the system. */
  account?: string;
  /** Nobody is there to work on a job: everything is done within the call, however long it takes. */
  alone?: true;
  note: string;
  creates: readonly NewObject[];
  changes: readonly (NewObject & { id: string })[];
  /** Only their text changes; they keep their version. */
  relaid: readonly (NewObject & { id: string })[];
  deletes: readonly { id: string }[];
  /** Templates that go are hidden together with their records; else a template with records refuses the publication. */
  hideRecords: boolean;
  /** Put on record in the same transaction. */
  audit: readonly AuditEvent[];
  /** Drafts that this publication carries out, as they were read: gone with it. Throws `draft.changed` when one is another by now. */
  drafts?: readonly Pick<Draft, 'kind' | 'name' | 'edit'>[];
}
