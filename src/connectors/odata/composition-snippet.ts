/** Text in the language of 1C that publishes sets over OData: ready to be run in the base. Pure. */

/** How 1C itself calls the kinds of its objects, by the first word of a set. */
const collections: Readonly<Record<string, string>> = {
  Catalog: 'Справочники', Document: 'Документы', DocumentJournal: 'ЖурналыДокументов', Constant: 'Константы', ExchangePlan: 'ПланыОбмена',
  ChartOfAccounts: 'ПланыСчетов', ChartOfCalculationTypes: 'ПланыВидовРасчета', ChartOfCharacteristicTypes: 'ПланыВидовХарактеристик',
  InformationRegister: 'РегистрыСведений', AccumulationRegister: 'РегистрыНакопления', CalculationRegister: 'РегистрыРасчета', AccountingRegister: 'РегистрыБухгалтерии',
  BusinessProcess: 'БизнесПроцессы', Task: 'Задачи',
};

/** The call replaces the whole composition, so `sets` are all that is to be published. Without any it shows an example. */
export function compositionSnippet(sets: readonly string[]): string {
  const objects = sets.flatMap((set) => {
    const kind = collections[set.split('_', 1)[0] ?? ''];
    return kind === undefined ? [] : [`${kind}.${set.slice(set.indexOf('_') + 1)}`];
  });
  const added = (objects.length === 0 ? ['Справочники.Контрагенты'] : objects).map((object) => `Состав.Добавить(Метаданные.${object});`);
  return ['Состав = Новый Массив;', ...added, 'УстановитьСоставСтандартногоИнтерфейсаOData(Состав);'].join(' ');
}
