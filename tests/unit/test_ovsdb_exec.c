/* SPDX-License-Identifier: Apache-2.0 */
/* Operations, constraints and references, case by case [RFC 7047 3.2, 5.2]. */
#include "tests/unit/ovsdb_fixture.h"

#define U(N) "00000000-0000-0000-0000-00000000000" #N
#define REF(N) "['uuid','" U(N) "']"
#define INS(T, N, ROW)                                                        \
    "{'op':'insert','table':'" T "','uuid':'" U(N) "','row':" ROW "}"

/* Steps of a case, up to NULL.  An operation list is run on one database;
 * 'want' is what must be in the answer as text ("" checks nothing), '!'
 * before it: the transaction must fail. */
struct step {
    const char *ops;
    const char *want;
};

struct test_case {
    const char *name;
    struct step steps[7];
};

static const struct test_case cases[] = {
    { "insert and select give defaults",
      { { INS("A", 1, "{'name':'a'}"), "'uuid':" REF(1) },
        { "{'op':'select','table':'A','where':[['name','==','a']],"
          "'columns':['x','is','m','e','eph']}",
          "{'rows':[{'e':['set',[]],'eph':'','is':['set',[]],'m':['map',[]],"
          "'x':0}]}" } } },
    { "named uuids may come before their insert",
      { { "{'op':'insert','table':'A','row':{'kids':['named-uuid','k']}},"
          "{'op':'insert','table':'K','uuid-name':'k','row':{'n':7}}", "" },
        { "{'op':'select','table':'K','where':[],'columns':['n']}",
          "{'rows':[{'n':7}]}" } } },
    { "a name twice is refused",
      { { "{'op':'insert','table':'K','uuid-name':'k','row':{}},"
          "{'op':'insert','table':'K','uuid-name':'k','row':{}}",
          "!duplicate uuid-name" } } },
    { "a given uuid twice is refused",
      { { INS("A", 1, "{}"), "" },
        { INS("A", 1, "{'name':'b'}"), "!duplicate uuid" } } },
    { "a given uuid of a row deleted beside it is refused",
      { { INS("A", 1, "{}"), "" },
        { "{'op':'delete','table':'A','where':[]}," INS("A", 1, "{}"),
          "!duplicate uuid" } } },
    { "rows that nobody refers to go",
      { { INS("K", 1, "{}"), "" },
        { "{'op':'select','table':'K','where':[]}", "{'rows':[]}" } } },
    { "garbage goes through chains",
      { { INS("A", 1, "{'kids':" REF(2) "}") "," INS("K", 2, "{'sub':" REF(3)
          "}") "," INS("K", 3, "{'sub':" REF(4) "}") "," INS("K", 4, "{}"),
          "" },
        { "{'op':'update','table':'A','where':[],'row':{'kids':['set',[]]}}",
          "{'count':1}" },
        { "{'op':'select','table':'K','where':[]}", "{'rows':[]}" } } },
    { "a row that only refers to itself goes",
      { { INS("K", 1, "{'sub':" REF(1) "}"), "" },
        { "{'op':'select','table':'K','where':[]}", "{'rows':[]}" } } },
    { "a row another needs cannot be deleted",
      { { INS("A", 1, "{'kids':" REF(2) "}") "," INS("K", 2, "{}"), "" },
        { "{'op':'delete','table':'K','where':[]}",
          "!referential integrity violation" },
        { "{'op':'select','table':'K','where':[],'columns':['n']}",
          "{'rows':[{'n':0}]}" } } },
    { "rows that need each other can be deleted together",
      { { INS("A", 1, "{'kids':" REF(2) "}") "," INS("K", 2, "{}"), "" },
        { "{'op':'delete','table':'K','where':[]},"
          "{'op':'delete','table':'A','where':[]}", "{'count':1}" } } },
    { "a strong reference to nothing is refused, naming both",
      { { INS("A", 1, "{'kids':" REF(2) "}"),
          "!Table A column kids row " U(1) " references nonexistent row "
          U(2) } } },
    { "a weak reference to nothing vanishes",
      { { INS("A", 1, "{'weak':" REF(2) "}"), "" },
        { "{'op':'select','table':'A','where':[],'columns':['weak']}",
          "{'weak':['set',[]]}" } } },
    { "weak references to a deleted row vanish, all of them",
      { { INS("A", 1, "{'kids':" REF(2) ",'weak':" REF(2) ",'must':" REF(2)
              "}") "," INS("K", 2, "{}") "," INS("A", 3, "{'name':'b',"
              "'x':1,'weak':" REF(2) "}"), "" },
        { "{'op':'update','table':'A','where':[],'row':{'kids':['set',[]]}}",
          "" },
        { "{'op':'select','table':'A','where':[],"
          "'columns':['weak','must']}",
          "{'rows':[{'must':['set',[]],'weak':['set',[]]}]}" } } },
    { "equal rows of a result are given once, unless they show their UUID",
      { { INS("A", 1, "{'x':5,'name':'a'}") "," INS("A", 2, "{'x':5,"
              "'y':1,'name':'b'}") "," INS("A", 3, "{'x':6}"), "" },
        { "{'op':'select','table':'A','where':[['x','==',5]],"
          "'columns':['x']}", "{'rows':[{'x':5}]}" },
        { "{'op':'select','table':'A','where':[['x','==',6]],"
          "'columns':['x','_uuid']}",
          "{'rows':[{'_uuid':" REF(3) ",'x':6}]}" } } },
    { "a weak reference that must be there keeps its row",
      { { INS("A", 1, "{'kids':" REF(2) "}") "," INS("K", 2, "{}") ","
              INS("W", 3, "{'one':" REF(2) "}"), "" },
        { "{'op':'update','table':'A','where':[],'row':{'kids':['set',[]]}}",
          "!constraint violation" } } },
    { "a strong reference beside a weak one in a map is let go with it",
      { { INS("A", 1, "{'kids':" REF(2) ",'wk':['map',[[" REF(2) "," REF(3)
              "]]]}") "," INS("K", 2, "{}") "," INS("K", 3, "{}"), "" },
        { "{'op':'update','table':'A','where':[],'row':{'kids':['set',[]]}}",
          "" },
        { "{'op':'select','table':'K','where':[]}", "{'rows':[]}" } } },
    { "too many rows are refused",
      { { INS("A", 1, "{'name':'1','x':1}") "," INS("A", 2, "{'name':'2',"
              "'x':2}") "," INS("A", 3, "{'name':'3','x':3}") ","
              INS("A", 4, "{'name':'4','x':4}"), "" },
        { INS("A", 5, "{'name':'5','x':5}"), "!limit of 4 row(s)" },
        { "{'op':'delete','table':'A','where':[['x','==',1]]},"
          INS("A", 5, "{'name':'5','x':5}"), "{'count':1}" } } },
    { "equal rows in an index are refused, and swaps are not",
      { { INS("A", 1, "{'name':'a','x':1}") ","
              INS("A", 2, "{'name':'b','x':2}"), "" },
        { "{'op':'update','table':'A','where':[['name','==','a']],"
          "'row':{'name':'b'}}", "!index on column 'name'" },
        { "{'op':'update','table':'A','where':[['name','==','a']],"
          "'row':{'name':'t'}},"
          "{'op':'update','table':'A','where':[['name','==','b']],"
          "'row':{'name':'a'}},"
          "{'op':'update','table':'A','where':[['name','==','t']],"
          "'row':{'name':'b'}}", "{'count':1},{'count':1},{'count':1}" },
        { "{'op':'select','table':'A','where':[['name','==','b']],"
          "'columns':['x']}", "{'rows':[{'x':1}]}" } } },
    { "two-column indexes count both columns",
      { { INS("A", 1, "{'name':'a','x':1,'y':1}") ","
              INS("A", 2, "{'name':'b','x':1,'y':2}"), "" },
        { "{'op':'mutate','table':'A','where':[['y','==',2]],"
          "'mutations':[['y','-=',1]]}", "!index on columns 'x' and 'y'" } } },
    { "immutable columns are set once",
      { { INS("A", 1, "{'imm':'v'}"), "" },
        { "{'op':'update','table':'A','where':[],'row':{'imm':'w'}}",
          "!Cannot update immutable column imm in table A" },
        { "{'op':'select','table':'A','where':[['imm','==','v']],"
          "'columns':['imm']}", "{'imm':'v'}" } } },
    { "values out of range name table, column and value",
      { { INS("A", 1, "{'i':101}"),
          "!table A column i: 101 is not in the valid range 0 to 100" },
        { INS("A", 1, "{'e':'z'}"), "!column e" },
        { INS("A", 1, "{'is':['set',[1,2,3,4]]}"), "!column is" },
        { INS("A", 1, "{'nope':1}"), "!unknown column" } } },
    { "mutations in order, with their errors",
      { { INS("A", 1, "{'is':['set',[1,2]],'x':7}"), "" },
        { "{'op':'mutate','table':'A','where':[],'mutations':["
          "['x','*=',3],['x','%=',4],['is','insert',['set',[3]]],"
          "['is','delete',1],['m','insert',['map',[['k','v']]]]]}",
          "{'count':1}" },
        { "{'op':'select','table':'A','where':[],'columns':['x','is','m']}",
          "{'is':['set',[2,3]],'m':['map',[['k','v']]],'x':1}" },
        { "{'op':'mutate','table':'A','where':[],"
          "'mutations':[['x','/=',0]]}", "!domain error" },
        { "{'op':'mutate','table':'A','where':[],"
          "'mutations':[['i','-=',1]]}", "!constraint violation" },
        { "{'op':'mutate','table':'A','where':[],"
          "'mutations':[['x','*=',9223372036854775807],"
          "['x','+=',1]]}", "!range error" } } },
    { "an error undoes what was before it",
      { { INS("A", 1, "{'name':'a'}") ",{'op':'update','table':'A',"
          "'where':[],'row':{'x':5}},{'op':'abort'},{'op':'comment',"
          "'comment':'never'}", "!null]" },
        { "{'op':'select','table':'A','where':[]}", "{'rows':[]}" } } },
    { "wait holds or fails",
      { { INS("A", 1, "{'name':'a','x':3}"), "" },
        { "{'op':'wait','timeout':0,'table':'A','where':[],'columns':['x'],"
          "'until':'==','rows':[{'x':3}]}", "[{}]" },
        { "{'op':'wait','timeout':0,'table':'A','where':[],'columns':['x'],"
          "'until':'!=','rows':[{'x':3}]}", "!timed out" },
        { "{'op':'wait','timeout':0,'table':'A','where':[],'columns':['x'],"
          "'until':'==','rows':[]}", "!timed out" } } },
    { "requests that are none",
      { { "1", "!syntax error" },
        { "{'op':'nonsense'}", "!No operation" },
        { "{'op':'insert','table':'A'}", "!Required 'row' member" },
        { "{'op':'insert','table':'A','row':{},'x':1}", "!not allowed here" },
        { "{'op':'insert','table':'Z','row':{}}", "!Z" },
        { "{'op':'assert','lock':'l'}", "!not owner" } } },
};

static char *
with_double_quotes(const char *text)
{
    char *copy = xstrdup(text);
    for (char *p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return copy;
}

/* Some element of 'result' is an error. */
static bool
result_failed(const json_t *result)
{
    size_t i;
    json_t *element;
    json_array_foreach (result, i, element) {
        if (json_object_get(element, "error")) {
            return true;
        }
    }
    return false;
}

static void
run_step(struct db *db, const char *name, const struct step *step)
{
    char *before = fixture_dump(db);
    json_t *result = fixture_run(db, step->ops);
    assert_non_null(result);
    char *text = json_to_text(result, JSON_STYLE_SORT);
    bool must_fail = step->want[0] == '!';
    char *want = with_double_quotes(step->want + must_fail);
    /* Words inside "details" are quoted once more. */
    char *unescaped = xstrdup(text), *to = unescaped;
    for (const char *from = text; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
        }
    }
    *to = '\0';
    char *quoted = xstrdup(step->want + must_fail);
    if (result_failed(result) != must_fail
        || (!strstr(unescaped, want) && !strstr(unescaped, quoted))) {
        fail_msg("%s: %s\n gave %s\n not %s", name, step->ops, text,
                 step->want);
    }
    char *after = fixture_dump(db);
    if (must_fail) {
        assert_string_equal(before, after);
    }
    json_decref(result);
    free(before);
    free(after);
    free(text);
    free(want);
    free(quoted);
    free(unescaped);
}

static void
test_cases(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct db *db = fixture_db();
        for (const struct step *s = cases[i].steps; s->ops; s++) {
            run_step(db, cases[i].name, s);
        }
        db_destroy(&db);
    }
}

static void
test_wait_waits(void **state UNUSED)
{
    struct db *db = fixture_db();
    assert_null(fixture_run(db, INS("A", 1, "{}") ",{'op':'wait','table':'A',"
                                "'where':[],'columns':['x'],'until':'==',"
                                "'rows':[]}"));
    /* Nothing of it stays meanwhile. */
    assert_int_equal(db_count_rows(db), 0);
    db_destroy(&db);
}

static void
test_read_only(void **state UNUSED)
{
    struct db *db = fixture_db();
    struct exec_env env = { .db = db, .read_only = "for a test" };
    struct exec_wait wait;
    json_t *params = fixture_json("['T'," INS("A", 1, "{}") "]");
    json_t *result = exec_transaction(&env, params, &wait);
    char *text = json_to_text(result, JSON_STYLE_SORT);
    assert_non_null(strstr(text, "not allowed"));
    assert_non_null(strstr(text, "for a test"));
    free(text);
    json_decref(result);
    json_decref(params);
    db_destroy(&db);
}

/* A map from weak to weak references loses a pair when the row of its value
 * goes, though the row of its key stays. */
static void
test_weak_values_beside_weak_keys(void **state UNUSED)
{
#define WEAK "{'type':'uuid','refTable':'K','refType':'weak'}"
    json_t *json = fixture_json(
        "{'name':'T','tables':{'K':{'isRoot':true,'columns':{'m':{'type':{"
        "'key':" WEAK ",'value':" WEAK ",'min':0,'max':2}}}}}}");
#undef WEAK
    struct ovsdb_schema *schema;
    assert_null(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    struct db *db = db_create(schema);
    json_decref(fixture_run(db, INS("K", 1, "{'m':['map',[[" REF(1) "," REF(2)
                                            "]]]}") "," INS("K", 2, "{}")));
    json_t *result = fixture_run(
        db, "{'op':'delete','table':'K','where':[['_uuid','=='," REF(2)
            "]]}");
    assert_int_equal(json_array_size(result), 1);
    json_decref(result);
    char *text = fixture_dump(db);
    assert_null(strstr(text, "map"));
    assert_non_null(strstr(text, "0001\":{}"));
    free(text);
    db_destroy(&db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_weak_values_beside_weak_keys),
        cmocka_unit_test(test_wait_waits),
        cmocka_unit_test(test_read_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
