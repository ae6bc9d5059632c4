/* A hierarchy in one table and in several: employees, some of whom are managers, who lie in the same
 * table, or engineers, who have one of their own. */
#ifndef TESTS_LIVE_STAFF_H
#define TESTS_LIVE_STAFF_H

#include <quercus/quercus.h>

#define EMPLOYEE                                                                                   \
    COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(kind, VARCHAR(20), DISCRIMINATOR),           \
        COLUMN(name, TEXT, INDEXED), COLUMN(active, BOOLEAN, DEFAULT(true)),                       \
        COLUMN(company_id, NULLABLE(BIGINT), REFERENCES(Company, id)),                             \
        INDEX(ix_employee_company, company_id, name),                                              \
        BELONGS_TO(company, Company, company_id, BACK(staff)),                                     \
        HAS_MANY(chores, Chore, owner_id, BACK(owner), ORDERED_BY(id))
#define MANAGER                                                                                    \
    EMPLOYEE, COLUMN(reports, NULLABLE(INTEGER)), COLUMN(room, TEXT),                              \
        HAS_MANY(cars, Car, manager_id, BACK(manager))
#define ENGINEER EMPLOYEE, COLUMN(language, TEXT), COLUMN(stars, NULLABLE(INTEGER), INDEXED)

MODEL(Company, "companies", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(name, TEXT),
      HAS_MANY(staff, Employee, company_id, BACK(company), ORDERED_BY(id)),
      HAS_MANY(engineers, Engineer, company_id, ORDERED_BY(id)))
MODEL(Employee, "employees", EMPLOYEE,
      POLYMORPHIC("employee", Manager, Executive, Engineer, Senior, Chief))
MODEL(Manager, "employees", IS_A(Employee, "manager", EMPLOYEE),
      COLUMN(reports, NULLABLE(INTEGER)), COLUMN(room, TEXT),
      HAS_MANY(cars, Car, manager_id, BACK(manager)))
MODEL(Executive, "employees", IS_A(Manager, "executive", MANAGER),
      COLUMN(bonus, NUMERIC(10, 2), DEFAULT("1.50")))
MODEL(Engineer, "engineers", IS_A(Employee, "engineer", EMPLOYEE), COLUMN(language, TEXT),
      COLUMN(stars, NULLABLE(INTEGER), INDEXED))
MODEL(Senior, "engineers", IS_A(Engineer, "senior", ENGINEER), COLUMN(grade, INTEGER))
MODEL(Chief, "chiefs", IS_A(Engineer, "chief", ENGINEER), COLUMN(motto, NULLABLE(TEXT)))
MODEL(Chore, "chores", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(text, TEXT),
      COLUMN(owner_id, NULLABLE(BIGINT), REFERENCES(Employee, id)),
      BELONGS_TO(owner, Employee, owner_id, BACK(chores)))
MODEL(Car, "cars", COLUMN(id, BIGINT, PRIMARY_KEY, IDENTITY), COLUMN(plate, TEXT),
      COLUMN(manager_id, NULLABLE(BIGINT), REFERENCES(Manager, id)),
      BELONGS_TO(manager, Manager, manager_id, BACK(cars)))

RECORD(Posting, ENTITY(employee, Employee), COLUMN(company, NULLABLE(TEXT)))

SCHEMA(staff, Chief, Senior, Executive, Engineer, Manager, Employee, Company, Chore, Car)

#endif
