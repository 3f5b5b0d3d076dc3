# Builds plan files and scenarios into the program, so that every command finds them without a path.
# Included, it adds shipped_plans.c to magpie_core and shipped_scenarios.c to magpie_cli; run as a
# script (cmake -P) it writes such a file from the paths in FILES.
if(CMAKE_SCRIPT_MODE_FILE)
    set(arrays "")
    set(rows "")
    foreach(path ${FILES})
        get_filename_component(id ${path} NAME_WE)
        string(MAKE_C_IDENTIFIER "file_${id}" name)
        file(READ ${path} hex HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
        string(APPEND arrays "static const unsigned char ${name}[] = {${bytes}};\n")
        string(APPEND rows "    {\"${id}\", ${name}, sizeof(${name})},\n")
    endforeach()
    file(WRITE ${OUTPUT} "/* Made by cmake/embed.cmake. */\n"
        "#include \"${HEADER}\"\n\n${arrays}\n"
        "const struct ${STRUCT} ${STRUCT}s[] = {\n${rows}    {NULL, NULL, 0},\n};\n")
    return()
endif()

function(embed files layer header struct)
    set(source ${CMAKE_BINARY_DIR}/${struct}s.c)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUTPUT=${source} -DHEADER=${header}
            -DSTRUCT=${struct} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        COMMENT "Embedding ${struct}s" VERBATIM)
    target_sources(magpie_${layer} PRIVATE ${source})
endfunction()

file(GLOB shipped_plans CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plans/*.json)
embed("${shipped_plans}" core core/billing/shipped.h shipped_plan)
file(GLOB shipped_scenarios CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scenarios/*.json)
embed("${shipped_scenarios}" cli cli/simulate/shipped.h shipped_scenario)
