# Builds the plan files into the program, so that every command finds them without a path.
# Included, it adds shipped_plans.c to magpie_core; run as a script (cmake -P) it writes that file
# from the plans in PLANS, a list of paths.
if(CMAKE_SCRIPT_MODE_FILE)
    set(arrays "")
    set(rows "")
    foreach(plan ${PLANS})
        get_filename_component(id ${plan} NAME_WE)
        string(MAKE_C_IDENTIFIER "plan_${id}" name)
        file(READ ${plan} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
        string(APPEND arrays "static const unsigned char ${name}[] = {${bytes}};\n")
        string(APPEND rows "    {\"${id}\", ${name}, sizeof(${name})},\n")
    endforeach()
    file(WRITE ${OUTPUT} "/* Made by cmake/embed.cmake from plans/. */\n"
        "#include \"core/billing/shipped.h\"\n\n${arrays}\n"
        "const struct shipped_plan shipped_plans[] = {\n${rows}    {NULL, NULL, 0},\n};\n")
    return()
endif()

file(GLOB shipped_plans CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plans/*.json)
set(shipped_plans_source ${CMAKE_BINARY_DIR}/shipped_plans.c)
add_custom_command(OUTPUT ${shipped_plans_source}
    COMMAND ${CMAKE_COMMAND} "-DPLANS=${shipped_plans}" -DOUTPUT=${shipped_plans_source}
        -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${shipped_plans} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding the plans" VERBATIM)
target_sources(magpie_core PRIVATE ${shipped_plans_source})
